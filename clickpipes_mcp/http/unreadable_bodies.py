"""Bodies that are no message, and the answer to them: the same as over standard input.

The SDK's own answer repeats a part of what was sent, which may be a secret.
"""

from dataclasses import dataclass
from typing import Final

from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clickpipes_mcp.unreadable_lines import refuse_line

_BAD_REQUEST: Final = 400


@dataclass(frozen=True)
class AnsweredBodies:
    """An endpoint of the SDK, with another answer to a body that is no message."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        arrived: list[bytes] = []
        refusal: JSONResponse | None = None

        async def noted() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                arrived.append(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start" and message["status"] == _BAD_REQUEST:
                refusal = _refusal_of(b"".join(arrived))
            if refusal is None:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                await refusal(scope, receive, send)

        await self.app(scope, noted, sent)


def _refusal_of(body: bytes) -> JSONResponse | None:
    """The answer to a body that is no message; None where it is one."""
    try:
        jsonrpc_message_adapter.validate_json(body.decode(errors="replace"), by_name=False)
    except ValidationError as error:
        told = refuse_line(error)
        content = {
            "jsonrpc": told.jsonrpc,
            "id": told.id,
            "error": {"code": told.error.code, "message": told.error.message},
        }
        return JSONResponse(content, _BAD_REQUEST)
    return None
