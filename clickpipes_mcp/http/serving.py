"""Serving an application over TCP until a signal, then letting its calls finish."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from clickpipes_mcp.calls import CallsUnderWay
from clickpipes_mcp.signals import on_signal

CALLS_MAY_TAKE_S = 2.5
"""How long calls may go on after a signal; the process is to be gone within five seconds."""

_STREAMS_END_AFTER_S = 4
"""When connections are cut that never end by themselves, such as those that listen."""


class _Server(uvicorn.Server):
    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `on_signal`."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket. Raises OSError when the address cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def address(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def serve_http(app: ASGIApp, calls: CallsUnderWay, listener: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM; the exit code, 130 or 143.

    No connection is taken any more from then on. Calls in progress may finish for a moment; those
    that do not are cancelled and answered as such.
    """
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_STREAMS_END_AFTER_S,
        )
    )
    codes = [0]
    async with anyio.create_task_group() as tasks:

        async def leave(code: int) -> None:
            codes.append(code)
            server.should_exit = True
            await calls.end(CALLS_MAY_TAKE_S)

        await tasks.start(on_signal, leave)
        await server.serve([listener])
        tasks.cancel_scope.cancel()
    return codes[-1]
