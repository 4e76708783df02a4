"""One document from the modules: whoever shows it needs no other file, and lets it load none."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from clickpipes_mcp.panels.apps import Panel
from clickpipes_mcp.pipe_states import STATES, Stage

_VIEWS: Final = ("drawing.js", "fleet.js", "pipe.js")
MODULES: Final = (*_VIEWS, "change.js", "choosing.js", "host.js")
"""Of a panel. Each imports from those before it."""

PAGE_MODULES: Final = (*_VIEWS, "page.js")
"""Of a page of the server."""

STYLE: Final = "style.css"

_HERE: Final = Path(__file__).parent
_IMPORT: Final = re.compile(r"^import [^\n]*\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=function|const)", re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *(?://|/\*\*)[^\n]*\n", re.MULTILINE)


@cache
def module(name: str) -> str:
    """A file of the panels as it stands."""
    return (_HERE / name).read_text(encoding="utf-8")


def known_states() -> dict[str, dict[str, str | bool]]:
    """What panels know of states: how a pipe in each fares, what it means, and if it works."""
    return {
        name: {
            "health": state.health.value,
            "meaning": state.meaning,
            "is_at_work": state.stage in (Stage.WORKING, Stage.MOVING),
        }
        for name, state in STATES.items()
    }


@cache
def document(panel: Panel, reads: Sequence[str]) -> str:
    """A panel as one HTML document; `reads` are the tools that it may call by itself.

    Nothing is loaded and nothing runs beside the script that stands in it: its own policy says so.
    """
    given = {"name": f"clickpipes-{panel.name}", "states": known_states(), "reads": list(reads)}
    script = f"{_joined(MODULES)}converse({json.dumps(given)});"
    style = module(STYLE)
    policy = f"default-src 'none'; script-src {source_of(script)}; style-src {source_of(style)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(panel.title)}</title><style>{style}</style></head>"
        "<body><main></main>"
        f'<script type="module">{script}</script></body></html>'
    )


@cache
def page_script() -> str:
    """What draws a page of the server, and draws it again whenever it is told of a newer look."""
    return f'"use strict";{_joined(PAGE_MODULES)}watchPage({json.dumps(known_states())});'


def _joined(names: Sequence[str]) -> str:
    return "".join(_EXPORT.sub("", _IMPORT.sub("", _bare(module(name)))) for name in names)


def _bare(code: str) -> str:
    return _COMMENT.sub("", code)


@cache
def source_of(text: str) -> str:
    """How a policy names a script or a style that stands in a document."""
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
