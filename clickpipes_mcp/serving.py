"""Serving over standard input and output, until the client or a signal ends it."""

import logging
import os
from collections.abc import Sequence
from typing import Final

import anyio

from clickpipes_mcp.late_handshake import converse
from clickpipes_mcp.refusing import RefusingServer
from clickpipes_mcp.request_ids import one_conversation
from clickpipes_mcp.resuming import Resumed
from clickpipes_mcp.server import ClickPipesServer
from clickpipes_mcp.signals import leaving_on_signal
from clickpipes_mcp.standard_streams import standard_streams
from clickpipes_mcp.telemetry import detach_all
from clickpipes_mcp.unreadable_lines import AnsweredLines

STDIO_CALLS_MAY_TAKE_S = 1.5
"""How long calls may go on after a signal. Clients that end a server kill it after two seconds,
as the TypeScript and Python SDKs do."""

CLOSING_TAKES_AT_MOST_S = 3.0
_WRITING_TAKES_S = 0.05
"""An answer that was just given still has to pass through the pipe."""

_CLIENT_HAS_GONE: Final = (BrokenPipeError, ConnectionResetError)
_logger = logging.getLogger(__name__)


async def serve_stdio(
    server: ClickPipesServer | RefusingServer,
    heard: Sequence[bytes] = (),
    waiting: Sequence[bytes] = (),
) -> int:
    """Serve until the client closes the input, or nobody reads what is sent; the exit code.

    `heard` are lines that the front has answered, `waiting` those it has read besides.

    On SIGINT and SIGTERM calls in progress may finish for a moment and are then cancelled, the
    server's resources are closed, and the process ends with 130 or 143.
    """
    closed, conversing = anyio.Event(), anyio.CancelScope()

    async def leave(code: int) -> None:
        if server.calls.is_any_under_way:
            await server.calls.end(STDIO_CALLS_MAY_TAKE_S)
            await anyio.sleep(_WRITING_TAKES_S)
        conversing.cancel()
        with anyio.move_on_after(CLOSING_TAKES_AT_MOST_S, shield=True):
            await closed.wait()
        detach_all()
        # The thread that waits for input cannot be cancelled and would hold the process
        # until the client says something (modelcontextprotocol/python-sdk#3551).
        os._exit(code)

    try:
        async with leaving_on_signal(leave):
            with conversing:
                await _converse(server, closed, heard, waiting)
    except* _CLIENT_HAS_GONE:
        _logger.info("The client left while it was being answered")
    return 0


async def _converse(
    server: ClickPipesServer | RefusingServer,
    closed: anyio.Event,
    heard: Sequence[bytes],
    waiting: Sequence[bytes],
) -> None:
    # run_stdio_async() does the same, but does not tell when the lifespan has ended.
    lowlevel = server._lowlevel_server  # noqa: SLF001
    async with standard_streams() as (incoming, outgoing):
        try:
            session = Resumed(incoming, outgoing, heard, waiting)
            with one_conversation():
                await converse(lowlevel, AnsweredLines(session, session), session)
        finally:
            closed.set()
