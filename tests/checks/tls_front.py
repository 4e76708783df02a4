"""TLS in front of a server that speaks none; of PostgreSQL as its protocol begins it."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path


@contextmanager
def tls_before(port: int, certificate: str, *, is_asked_for: bool = True) -> Iterator[int]:
    """A port on which TLS is spoken with that certificate and key, and led on to `port`.

    `is_asked_for` is whether a client says first that it wants TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "server.pem")
        file.write_text(certificate, encoding="utf-8")
        context.load_cert_chain(file)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(
            target=_serve, args=(listener, context, port, is_asked_for), daemon=True
        ).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def led_on(address: str, port: int) -> Iterator[int]:
    """A port on another address of this machine that leads on to `port`, without TLS."""
    with closing(socket.create_server((address, 0))) as listener:
        threading.Thread(target=_accept, args=(listener, port), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_join, args=(client, port), daemon=True).start()


def _join(client: socket.socket, port: int) -> None:
    with suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
        ended = (server, client, socket.SHUT_RDWR)  # nobody is left to hear the client
        back = threading.Thread(target=_copy, args=ended, daemon=True)
        back.start()
        _copy(client, server)
        back.join(1)


def _serve(listener: socket.socket, context: ssl.SSLContext, port: int, is_asked_for: bool) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            if is_asked_for:
                client.recv(8)
                client.sendall(b"S")
            threading.Thread(target=_lead_on, args=(client, context, port), daemon=True).start()


def _lead_on(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError), context.wrap_socket(client, server_side=True) as open_:
        _join(open_, port)


def _copy(source: socket.socket, target: socket.socket, how: int = socket.SHUT_WR) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(how)
