"""Pages as they leave: one design, everything escaped, nothing from elsewhere, nothing kept."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

from clickpipes_mcp.counting import counted

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).parent / "templates"
HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: browsers then say Origin: null, and the origin is checked.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
}
"""Of every answer below the address of the pages."""


def render(template: str, status: int = 200, *, script: str = "", **facts: object) -> HTMLResponse:
    """A page, with the policy that lets a browser do nothing but show it and send its form.

    `script` is the one file of ours that it may run besides, where it has to.
    """
    return _render(template, status, script, ("style.css",), "", facts)


def render_ending(
    status: int, title: str, told: str, *, kind: str = "over", code: str = ""
) -> HTMLResponse:
    """A page on which nothing is left to do; `kind` is what its mark is taken from."""
    return render("ending.html", status, title=title, told=told, kind=kind, code=code)


def render_live(template: str, status: int, **facts: object) -> HTMLResponse:
    """A page that may also ask this server, and no other, for what comes next."""
    policy = "; connect-src 'self'"
    return _render(template, status, "live.js", ("style.css", "live.css"), policy, facts)


def _render(
    template: str,
    status: int,
    script: str,
    styles: Sequence[str],
    more_policy: str,
    facts: Mapping[str, object],
) -> HTMLResponse:
    style, style_hash = _inlined(*styles)
    running, script_hash = _inlined(script) if script else ("", "")
    text = _environment().get_template(template).render(style=style, script=running, **facts)
    policy = (
        f"default-src 'none'; style-src '{style_hash}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    if script:
        policy += f"; script-src '{script_hash}'"
    return HTMLResponse(text, status, {**HEADERS, "content-security-policy": policy + more_policy})


def tell_end(expires_at: int, minutes_left: int) -> str:
    """How long a page can still be answered: by the clock, and in minutes for whoever has another.

    `expires_at` is in seconds since the epoch.
    """
    left = counted(minutes_left, "more minute")
    told = left if minutes_left else "less than a minute"
    return f"{datetime.fromtimestamp(expires_at, UTC):%H:%M} UTC, {told}"


def render_part(template: str, **facts: object) -> str:
    """A part of a page that is open."""
    return _environment().get_template(template).render(**facts)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # start-up time

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inlined(*files: str) -> tuple[str, str]:
    """What stands in a page itself, and its hash as a policy names it."""
    text = "".join((TEMPLATES / file).read_text(encoding="utf-8") for file in files)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"sha256-{digest}"
