"""Serving an ASGI application over TCP, quietly and until cancelled."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.listener import QuietServer, listen
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.http.certificates import self_signed
from clickpipes_mcp.simulator.http.mishaps import HANG_UP

_GRACE_S: Final = 2  # for answers under way when the server is told to end
_FIRST_BYTE_S: Final = 30  # how long a connection may say nothing
_TLS_HANDSHAKE: Final = b"\x16"  # first byte of a TLS connection (RFC 8446, record layer)


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the bound port, which is a free one when `port` is 0.

    Plain HTTP, unless the application's faults want TLS connections to meet an unknown
    certificate: then those are answered too. Raises OSError when the address cannot be bound.
    """
    config = uvicorn.Config(
        _with_hang_up(app),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    config.load()
    server = _Server(config)
    board = app.state.faults if isinstance(app, Starlette) else FaultBoard()

    async def run() -> None:
        # A cancelled caller still lets the server close its connections.
        with anyio.CancelScope(shield=True):
            await server.serve([])

    with listen(host, port) as listener:
        listener.settimeout(0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            tasks.start_soon(server.accept, listener, board)
            try:
                yield int(listener.getsockname()[1])
            finally:
                server.should_exit = True
                server.stop_accepting()


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until cancelled. Raises OSError when the address cannot be bound."""
    async with serving(app, host, port):
        await anyio.sleep_forever()


def _with_hang_up(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn hands out a method of its request cycle, which holds the socket.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope.setdefault("extensions", {})[HANG_UP] = transport.abort
        await app(scope, receive, send)

    return wrapped


class _Server(QuietServer):
    """A server that looks at the first byte of a connection before it decides on TLS."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._accepting = anyio.CancelScope()

    def stop_accepting(self) -> None:
        """Take no more connections."""
        self._accepting.cancel()

    async def accept(self, listener: socket.socket, board: FaultBoard) -> None:
        """Take connections until told to stop."""
        loop = asyncio.get_running_loop()
        with self._accepting:
            async with anyio.create_task_group() as tasks:
                while True:
                    connection, _ = await loop.sock_accept(listener)
                    tasks.start_soon(self._welcome, connection, board)

    async def _welcome(self, connection: socket.socket, board: FaultBoard) -> None:
        is_handed_over = False
        try:
            with anyio.fail_after(_FIRST_BYTE_S):
                await anyio.wait_readable(connection)
            first = connection.recv(1, socket.MSG_PEEK)
            is_refused = first == _TLS_HANDSHAKE and board.take_unknown_ca()
            context = self_signed().context if is_refused else None
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(self._protocol, connection, ssl=context)
            is_handed_over = True
        except OSError:
            pass  # it said nothing, or hung up as a client should that meets the certificate
        finally:
            if not is_handed_over:
                connection.close()

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state={}
        )
        return protocol
