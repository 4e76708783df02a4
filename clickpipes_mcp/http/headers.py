"""Headers that decide who calls and what: each once, or two readers could see two requests."""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_DECIDING: Final = (
    b"authorization",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"host",
    b"origin",
)
_OF_THE_PROTOCOL: Final = b"mcp-"


class DecidingHeadersOnce:
    """Refuses a request in which a header stands twice that may stand once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400, or let the request through."""
        twice = _first_repeated(scope) if scope["type"] == "http" else None
        if twice is None:
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(f"The header {twice} stands in this request twice.", 400)
        await refusal(scope, receive, send)


def _first_repeated(scope: Scope) -> str | None:
    seen = set()
    for name, _ in scope["headers"]:
        if name in _DECIDING or name.startswith(_OF_THE_PROTOCOL):
            if name in seen:
                return str(name, "latin-1")
            seen.add(name)
    return None
