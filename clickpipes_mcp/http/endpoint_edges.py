"""What the SDK's endpoint leaves without an answer, or answers without a word.

No event is kept for whoever comes back, so a stream that is to go on after one begins anew; the SDK
answers nothing at all to that wish. In the newer protocol it answers an empty body to a method or
an Accept header that it does not take.
"""

from dataclasses import dataclass
from typing import Final

from mcp_types import INVALID_REQUEST
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_GOES_ON_AFTER: Final = b"last-event-id"
_WORDLESS: Final = {
    405: "The endpoint takes POST alone in this version of the protocol.",
    406: "The Accept header must name application/json and text/event-stream.",
}


@dataclass(frozen=True)
class AnsweredEdges:
    """An endpoint of the SDK, with an answer to everything and a word in each refusal."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != _GOES_ON_AFTER]
        refusal: JSONResponse | None = None

        async def sent(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start":
                refusal = _told_of(message)
            if refusal is None:
                await send(message)

        await self.app({**scope, "headers": headers}, receive, sent)
        if refusal is not None:
            await refusal(scope, receive, send)


def _told_of(start: Message) -> JSONResponse | None:
    """The answer in the place of one that begins so; None where that says what is wrong."""
    headers = dict(start.get("headers", ()))
    told = _WORDLESS.get(start["status"])
    if told is None or b"content-type" in headers:
        return None
    content = {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": INVALID_REQUEST, "message": f"{told} Nothing was done."},
    }
    allowed = headers.get(b"allow")
    return JSONResponse(
        content, start["status"], {"allow": allowed.decode()} if allowed is not None else None
    )
