"""A bound socket, and a server on it that leaves signals to whoever runs the event loop."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from typing_extensions import override


class QuietServer(uvicorn.Server):
    """A server that takes no signal for itself."""

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket. Raises OSError when the address cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # What is accepted inherits it. asyncio sets it on sockets that name TCP, which those of
    # create_server do not; without it the body of an answer waits 40 ms behind its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
