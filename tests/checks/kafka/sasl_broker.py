"""A broker that does nothing but let in or refuse: there is none in the registries that can.

Source of the frames: the Apache Kafka protocol guide, ApiVersions 0, SaslHandshake 1 and
SaslAuthenticate 0.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_AUTHENTICATE, _HANDSHAKE, _VERSIONS = 36, 17, 18
_KNOWN = ((_VERSIONS, 0, 0), (_HANDSHAKE, 0, 1), (_AUTHENTICATE, 0, 0), (3, 0, 1))
_FAILED = 58


@contextmanager
def sasl_broker(*mechanisms: str, accepts: bytes = b"") -> Iterator[int]:
    """The port of a broker that offers these mechanisms and accepts what ends with `accepts`."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        arguments = (listener, mechanisms, accepts)
        threading.Thread(target=_serve, args=arguments, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, mechanisms: tuple[str, ...], accepts: bytes) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            arguments = (client, mechanisms, accepts)
            threading.Thread(target=_talk, args=arguments, daemon=True).start()


def _talk(client: socket.socket, mechanisms: tuple[str, ...], accepts: bytes) -> None:
    with suppress(OSError, struct.error), client, client.makefile("rb") as arriving:
        while True:
            (length,) = struct.unpack(">i", arriving.read(4))
            frame = arriving.read(length)
            key, _, number = struct.unpack(">hhi", frame[:8])
            answer = struct.pack(">i", number) + _answer(key, frame, mechanisms, accepts)
            client.sendall(struct.pack(">i", len(answer)) + answer)


def _answer(key: int, frame: bytes, mechanisms: tuple[str, ...], accepts: bytes) -> bytes:
    if key == _VERSIONS:
        known = b"".join(struct.pack(">hhh", *one) for one in _KNOWN)
        return struct.pack(">hi", 0, len(_KNOWN)) + known
    if key == _HANDSHAKE:
        return struct.pack(">hi", 0, len(mechanisms)) + b"".join(map(_text, mechanisms))
    is_right = bool(accepts) and frame.endswith(accepts)
    told = "" if is_right else "Authentication failed: Invalid username or password"
    return struct.pack(">h", 0 if is_right else _FAILED) + _text(told) + struct.pack(">i", 0)


def _text(words: str) -> bytes:
    return struct.pack(">h", len(words)) + words.encode()
