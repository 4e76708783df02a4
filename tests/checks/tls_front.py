"""TLS in front of a PostgreSQL that speaks none, as its protocol begins it."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path


@contextmanager
def tls_before(port: int, certificate: str) -> Iterator[int]:
    """A port on which TLS is spoken with that certificate and key, and led on to `port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "server.pem")
        file.write_text(certificate, encoding="utf-8")
        context.load_cert_chain(file)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_serve, args=(listener, context, port), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_lead_on, args=(client, context, port), daemon=True).start()


def _lead_on(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        client.recv(8)  # the request to begin TLS
        client.sendall(b"S")
        with (
            context.wrap_socket(client, server_side=True) as open_,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            back = threading.Thread(target=_copy, args=(server, open_), daemon=True)
            back.start()
            _copy(open_, server)
            back.join(1)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
