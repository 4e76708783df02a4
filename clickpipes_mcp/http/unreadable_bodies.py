"""Bodies that are no message of their own, and the answer to them: as over standard input.

The SDK repeats in its own answer a part of what was sent, which may be a secret; it takes a request
whose id is none for a notification, and mixes up two requests of a session that share an id.
"""

from dataclasses import dataclass
from typing import Final

from mcp.server.streamable_http import GET_STREAM_KEY, MCP_SESSION_ID_HEADER
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clickpipes_mcp.http.peeked_bodies import MAX_BODY_BYTES, peek, told_again
from clickpipes_mcp.request_ids import IS_TAKEN, Exchange, RequestIds
from clickpipes_mcp.unreadable_lines import refuse_line, refuse_message, told_of

_BAD_REQUEST: Final = 400
_NO_MESSAGE: Final[Message] = {"type": "http.request", "body": b"", "more_body": False}


@dataclass(frozen=True)
class AnsweredBodies:
    """An endpoint of the SDK, with another answer to a body that is no message of its own."""

    app: ASGIApp
    ids: RequestIds
    keeps_sessions: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        session = self._session(Headers(scope=scope))
        with self.ids.connected() as exchange:
            await _Answered(self.ids, exchange, session, receive, send)(self.app, scope)

    def _session(self, headers: Headers) -> str | None:
        """The session that a request belongs to; None for one that stands by itself."""
        version = headers.get(MCP_PROTOCOL_VERSION_HEADER)
        if not self.keeps_sessions or version not in (None, *HANDSHAKE_PROTOCOL_VERSIONS):
            return None
        return headers.get(MCP_SESSION_ID_HEADER)


class _Answered:
    """One request. The SDK looks at its headers first, and refuses in its own words what they say.

    In the place of a body that is refused it reads none, and its answer to that is not sent.
    """

    def __init__(
        self,
        ids: RequestIds,
        exchange: Exchange,
        session: str | None,
        receive: Receive,
        send: Send,
    ) -> None:
        self._ids, self._exchange, self._session = ids, exchange, session
        self._receive, self._send = receive, send
        self._told: Receive | None = None
        self._refusal: JSONRPCError | None = None
        self._is_refused = False

    async def __call__(self, app: ASGIApp, scope: Scope) -> None:
        await app(scope, self._heard, self._sent)
        if self._is_refused and self._refusal is not None:
            content = self._refusal.model_dump(exclude_unset=True)
            await JSONResponse(content, _BAD_REQUEST)(scope, self._receive, self._send)

    async def _heard(self) -> Message:
        if self._told is None:
            body, self._told = await peek(self._receive)
            if len(body) <= MAX_BODY_BYTES:  # a longer one is refused as such
                self._refusal = await self._refuse(body)
            if self._refusal is not None:
                self._told = told_again([_NO_MESSAGE], self._receive)
        return await self._told()

    async def _sent(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _BAD_REQUEST:
            self._is_refused = self._refusal is not None
        if not self._is_refused:
            await self._send(message)

    async def _refuse(self, body: bytes) -> JSONRPCError | None:
        """The answer to a body that is no message of its own; None where it is one."""
        try:
            message = jsonrpc_message_adapter.validate_json(
                body.decode(errors="replace"), by_name=False
            )
        except ValidationError as error:
            return refuse_line(error)
        refusal = refuse_message(SessionMessage(message))
        return await self._refuse_taken(message) if refusal is None else refusal

    async def _refuse_taken(self, message: JSONRPCMessage) -> JSONRPCError | None:
        if self._session is None or not isinstance(message, JSONRPCRequest):
            return None
        number = message.id
        is_free = number != GET_STREAM_KEY and await self._ids.take(
            self._exchange, self._session, number
        )
        if is_free:
            return None
        told = ErrorData(code=INVALID_REQUEST, message=IS_TAKEN)
        return JSONRPCError(jsonrpc="2.0", id=told_of(number), error=told)
