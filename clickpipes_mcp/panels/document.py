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
from clickpipes_mcp.pipe_states import STATES

MODULES: Final = ("drawing.js", "fleet.js", "pipe.js", "change.js", "choosing.js", "host.js")
"""Each imports from those before it."""

STYLE: Final = "style.css"

_HERE: Final = Path(__file__).parent
_IMPORT: Final = re.compile(r"^import [^\n]*\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=function|const)", re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *(?://|/\*\*)[^\n]*\n", re.MULTILINE)


@cache
def module(name: str) -> str:
    """A file of the panels as it stands."""
    return (_HERE / name).read_text(encoding="utf-8")


def known_states() -> dict[str, dict[str, str]]:
    """What panels know of states: how a pipe in each fares, and what it means."""
    return {
        name: {"health": state.health.value, "meaning": state.meaning}
        for name, state in STATES.items()
    }


@cache
def document(panel: Panel, reads: Sequence[str]) -> str:
    """A panel as one HTML document; `reads` are the tools that it may call by itself.

    Nothing is loaded and nothing runs beside the script that stands in it: its own policy says so.
    """
    code = "".join(_EXPORT.sub("", _IMPORT.sub("", _bare(module(name)))) for name in MODULES)
    given = {"name": f"clickpipes-{panel.name}", "states": known_states(), "reads": list(reads)}
    script = f"{code}converse({json.dumps(given)});"
    style = module(STYLE)
    policy = f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(panel.title)}</title><style>{style}</style></head>"
        "<body><main></main>"
        f'<script type="module">{script}</script></body></html>'
    )


def _bare(code: str) -> str:
    return _COMMENT.sub("", code)


def _source(text: str) -> str:
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
