"""What a person sees who opens the address of the endpoint in a browser."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.pages.rendering import render

_BROWSERS_TAKE = "text/html"
_CLIENTS_TAKE = "text/event-stream"


@dataclass(frozen=True)
class Greeting:
    """Tells browsers at `paths` what is here, and leaves everybody else to `app`.

    The page is the same for all: it holds nothing of the request.
    """

    app: ASGIApp
    paths: Collection[str]
    endpoint: str
    asks_for_tokens: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_greeted(scope):
            await self.app(scope, receive, send)
            return
        page = render(
            "greeting.html",
            title="What is here",
            endpoint=self.endpoint,
            asks_for_tokens=self.asks_for_tokens,
        )
        await page(scope, receive, send)

    def _is_greeted(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self.paths:
            return False
        taken = Headers(scope=scope).get("accept", "")
        return _BROWSERS_TAKE in taken and _CLIENTS_TAKE not in taken
