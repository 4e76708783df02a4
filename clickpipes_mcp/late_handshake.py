"""A client that asks who is there, and only then shakes hands on the same pipe.

The SDK decides by the first request which protocol a pipe speaks, for good. A client that tries the
newer one with `server/discover` and goes on with the handshake of the older one would be refused
(Vercel's AI SDK does so after a second without an answer).

To look at that first request it has another task read every message and hand it on, which takes as
long as a tenth of a call. A conversation that begins with the handshake is served without.
"""

import contextvars
from typing import Any, Self

from mcp.server.lowlevel import Server
from mcp.server.runner import serve_dual_era_loop, serve_loop
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PROTOCOL_VERSION_META_KEY,
    ErrorData,
    JSONRPCError,
    JSONRPCRequest,
)

from clickpipes_mcp.closing import ClosedAtExit
from clickpipes_mcp.unreadable_lines import AnsweredLines, Outgoing

_QUESTION = "server/discover"
_HANDSHAKE = "initialize"


class _UntilHandshake(ClosedAtExit):
    """What arrives, up to a handshake that comes after nothing but questions who is there."""

    def __init__(self, lines: AnsweredLines, first: SessionMessage | Exception | None) -> None:
        self._lines = lines
        self._first = first
        self._asked = 0
        self._has_begun = False
        self._handshake: SessionMessage | Exception | None = None

    @property
    def last_context(self) -> contextvars.Context | None:
        return self._lines.last_context

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        item, self._first = self._first or await self._lines.__anext__(), None
        method = _method(item)
        if method == _HANDSHAKE and self._asked and not self._has_begun:
            self._handshake = item
            raise StopAsyncIteration
        self._asked += method == _QUESTION
        self._has_begun = self._has_begun or method not in (None, _QUESTION)
        return item

    async def begins_with_handshake(self) -> bool:
        """Whether the first message is one; False where none comes."""
        try:
            self._first = self._first or await self._lines.__anext__()
        except StopAsyncIteration:
            return False
        return _method(self._first) == _HANDSHAKE

    def another(self) -> "_UntilHandshake | None":
        """The conversation that the handshake begins; None where there was none."""
        handshake = self._handshake
        return None if handshake is None else _UntilHandshake(self._lines, handshake)

    async def receive(self) -> SessionMessage | Exception:
        return await self.__anext__()


class _KeptOpen(ClosedAtExit):
    """What is sent, whichever conversation on the pipe it belongs to."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def send(self, item: SessionMessage, /) -> None:
        await self._outgoing.send(item)


def _method(item: SessionMessage | Exception) -> str | None:
    """The method of a request."""
    if isinstance(item, SessionMessage) and isinstance(item.message, JSONRPCRequest):
        return item.message.method
    return None


def _refuse_newer(item: SessionMessage | Exception) -> JSONRPCError | None:
    """The answer to a request that says with each call which protocol it speaks."""
    message = item.message if isinstance(item, SessionMessage) else None
    if not isinstance(message, JSONRPCRequest) or message.method == _HANDSHAKE:
        return None
    said = (message.params or {}).get("_meta")
    if not isinstance(said, dict) or PROTOCOL_VERSION_META_KEY not in said:
        return None
    told = ErrorData(
        code=INVALID_REQUEST,
        message=f"This conversation began with {_HANDSHAKE}, so that its protocol is settled: send "
        f"requests without {PROTOCOL_VERSION_META_KEY}. Nothing was done.",
    )
    return JSONRPCError(jsonrpc="2.0", id=message.id, error=told)


async def converse(server: Server[Any], lines: AnsweredLines, outgoing: Outgoing) -> None:
    """Serve one client until it closes the pipe, in the protocol that it settles on."""
    heard: _UntilHandshake | None = _UntilHandshake(lines, None)
    leaving = _KeptOpen(outgoing)
    options = server.create_initialization_options()
    async with server.lifespan(server) as state:
        while heard is not None:
            if await heard.begins_with_handshake():
                arriving = AnsweredLines(heard, outgoing, _refuse_newer)
                await serve_loop(
                    server, arriving, leaving, lifespan_state=state, init_options=options
                )
            else:
                await serve_dual_era_loop(
                    server, heard, leaving, lifespan_state=state, init_options=options
                )
            heard = heard.another()
    await lines.aclose()
    await outgoing.aclose()
