"""Serving an ASGI application over TCP, quietly and until cancelled."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import anyio
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.simulator.mishaps import HANG_UP

_GRACE_S: Final = 2  # for answers under way when the server is told to end


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the bound port, which is a free one when `port` is 0.

    Raises OSError when the address cannot be bound.
    """
    config = uvicorn.Config(
        _with_hang_up(app),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config)

    async def run(listener: socket.socket) -> None:
        # A cancelled caller still lets the server close its connections.
        with anyio.CancelScope(shield=True):
            await server.serve([listener])

    with listen(host, port) as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, listener)
            try:
                yield int(listener.getsockname()[1])
            finally:
                server.should_exit = True


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until cancelled. Raises OSError when the address cannot be bound."""
    async with serving(app, host, port):
        await anyio.sleep_forever()


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket. Raises OSError when the address cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _with_hang_up(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn hands out a method of its request cycle, which holds the socket.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope.setdefault("extensions", {})[HANG_UP] = transport.abort
        await app(scope, receive, send)

    return wrapped


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the event loop."""
        yield
