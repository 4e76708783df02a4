"""Pages as they leave: one design, everything escaped, nothing from elsewhere, nothing kept."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

from clickpipes_mcp.counting import counted
from clickpipes_mcp.panels.document import STYLE, module, page_script, source_of

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


STORE_LOST: Final = (
    "What all replicas share does not answer",
    "Open the link again in a moment: the page then tells whether your answer arrived.",
)
"""Title and text of the end of a page where nobody knows how it stands with it."""


def render(template: str, status: int = 200, *, script: str = "", **facts: object) -> HTMLResponse:
    """A page, with the policy that lets a browser do nothing but show it and send its form.

    `script` is the one file of ours that it may run besides, where it has to.
    """
    running = _file(script) if script else ""
    return _render(template, status, running, _file("style.css"), "", facts)


def render_ending(
    status: int, title: str, told: str, *, kind: str = "over", code: str = ""
) -> HTMLResponse:
    """A page on which nothing is left to do; `kind` is what its mark is taken from."""
    return render("ending.html", status, title=title, told=told, kind=kind, code=code)


def render_live(template: str, status: int, **facts: object) -> HTMLResponse:
    """A page that draws as panels do, and may ask this server alone for what comes next."""
    style = module(STYLE) + _file("live.css")
    return _render(template, status, page_script(), style, "; connect-src 'self'", facts)


def _render(
    template: str,
    status: int,
    script: str,
    style: str,
    more_policy: str,
    facts: Mapping[str, object],
) -> HTMLResponse:
    text = _environment().get_template(template).render(style=style, script=script, **facts)
    policy = (
        f"default-src 'none'; style-src {source_of(style)}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    if script:
        policy += f"; script-src {source_of(script)}"
    return HTMLResponse(text, status, {**HEADERS, "content-security-policy": policy + more_policy})


def tell_end(expires_at: int, minutes_left: int) -> str:
    """How long a page can still be answered: by the clock, and in minutes for whoever has another.

    `expires_at` is in seconds since the epoch.
    """
    left = counted(minutes_left, "more minute")
    told = left if minutes_left else "less than a minute"
    return f"{datetime.fromtimestamp(expires_at, UTC):%H:%M} UTC, {told}"


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
def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
