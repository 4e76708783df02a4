"""A real HTTP server on this machine that records what arrives and answers from a script."""

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Literal

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import CloudClient, open_client
from clickpipes_mcp.settings import load_settings
from tests.loopback import serving_in_a_thread

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"
REQUEST_ID = "44444444-4444-4444-8444-444444444444"

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Mishap = Literal["reset", "cut short", "silence"]


@dataclass(frozen=True)
class Recorded:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True)
class Scripted:
    """One answer; `mishap` is what happens to the connection instead of, or within, it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    mishap: Mishap | None = None


@dataclass
class RecordedApi:
    """What arrived, and what will be answered: the script first, then the standing answer."""

    requests: list[Recorded] = field(default_factory=list)
    script: deque[Scripted] = field(default_factory=deque)
    standing: Scripted | None = None
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def result(self, result: object, status: int = 200) -> Scripted:
        answer = {"status": status, "requestId": REQUEST_ID, "result": result}
        return Scripted(status, json.dumps(answer).encode())

    def error(self, status: int, text: str, **headers: str) -> Scripted:
        answer = {"requestId": REQUEST_ID, "error": text, "status": status}
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return Scripted(
            status, json.dumps(answer).encode(), {"content-type": "application/json", **fields}
        )

    def will(self, *answers: Scripted) -> None:
        self.script.extend(answers)

    def next_answer(self) -> Scripted:
        if self.script:
            return self.script.popleft()
        return self.standing or self.result({"id": PIPE})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # one packet an answer: two would wait for each other
    api: RecordedApi

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.api.requests.append(Recorded(self.command, self.path, headers, body))
        answer = self.api.next_answer()
        if answer.mishap == "silence":
            self.api.over.wait()
        if answer.mishap in {"silence", "reset"}:
            self._reset()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        missing = 100 if answer.mishap == "cut short" else 0
        self.send_header("content-length", str(len(answer.body) + missing))
        self.end_headers()
        self.wfile.write(answer.body)
        if missing:
            self.close_connection = True

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def recorded_api() -> Iterator[RecordedApi]:
    api = RecordedApi()
    methods = {f"do_{method}": _Handler.answer for method in _METHODS}
    with serving_in_a_thread(type("Handler", (_Handler,), {"api": api, **methods})) as api.url:
        yield api
        api.over.set()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connect(recorded_api, clock) -> Callable[..., CloudClient]:
    """Opens a client of the recorded API; keywords override settings."""

    def open_it(**overrides: object) -> CloudClient:
        chosen = {
            "key_id": "example-key",
            "key_secret": "example-key-secret-canary",
            "organization_id": ORGANIZATION,
            "api_url": recorded_api.url,
        } | overrides
        return open_client(load_settings({}, **chosen), clock)

    return open_it
