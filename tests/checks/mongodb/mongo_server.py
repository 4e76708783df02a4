"""A server that speaks MongoDB's protocol and knows a few commands: none is in the registries.

Source of the messages: MongoDB wire protocol, OP_MSG, and OP_QUERY with OP_REPLY for the handshake.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import bson
import bson.errors

_MESSAGE, _QUERY, _REPLY = 2013, 2004, 1
_HEADER = "<iiii"
Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class MongoServer:
    """What it answers, by the name of a command; what is not there is not allowed."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command))
        self.asked.append(name)
        found = self.answers.get("hello" if name in ("ismaster", "isMaster") else name)
        if found is None:
            return {"ok": 0.0, "code": 13, "codeName": "Unauthorized", "errmsg": "not authorized"}
        return {"ok": 1.0, **(found(command) if callable(found) else found)}


@contextmanager
def running_mongo() -> Iterator[MongoServer]:
    """It listens on a port of this machine."""
    server = MongoServer()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.port = int(listener.getsockname()[1])
        threading.Thread(target=_serve, args=(listener, server), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, server: MongoServer) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_talk, args=(client, server), daemon=True).start()


def _talk(client: socket.socket, server: MongoServer) -> None:
    with (
        suppress(OSError, ValueError, struct.error, bson.errors.BSONError),
        client,
        client.makefile("rb") as arriving,
    ):
        while True:
            length, number, _, kind = struct.unpack(_HEADER, arriving.read(16))
            body = arriving.read(length - 16)
            if kind == _MESSAGE:
                answer = b"\0\0\0\0\0" + bson.encode(server.answer(bson.decode(body[5:])))
                sent = _MESSAGE
            else:
                command = bson.decode(body[body.index(b"\0", 4) + 9 :])
                found = bson.encode(server.answer(command))
                answer, sent = struct.pack("<iqii", 8, 0, 0, 1) + found, _REPLY
            client.sendall(struct.pack(_HEADER, 16 + len(answer), 1, number, sent) + answer)
