"""What strangers who connect can keep from others, and how much they make the server write."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import anyio
import anyio.to_thread
import httpx2
import pytest
import uvicorn
from anyio.abc import SocketStream
from uvicorn.protocols.http.h11_impl import H11Protocol

from clickpipes_mcp.http.connections import Connections, Deadlines
from clickpipes_mcp.listener import listen
from tests.faults.processes import PATIENCE_S, PROGRAM, until
from tests.http.served import SPOKEN, HttpProcess

pytestmark = pytest.mark.anyio

NEVER = Deadlines(headers_s=3600, body_s=3600, stall_s=3600)
SOON_S = 0.2
HEADERS_SOON = replace(NEVER, headers_s=SOON_S)
BODY_SOON = replace(NEVER, body_s=SOON_S)
STALL_SOON = replace(NEVER, stall_s=SOON_S)
PLENTY = 1 << 25
GONE = (anyio.EndOfStream, anyio.BrokenResourceError)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: here\r\n\r\n".encode()


def post(path: str, octets: int = 10) -> bytes:
    """The headers of a request whose body is still to come."""
    return f"POST {path} HTTP/1.1\r\nhost: here\r\ncontent-length: {octets}\r\n\r\n".encode()


async def answering_app(scope, receive, send) -> None:
    """Reads the body where that is wanted, then answers as much as is asked for."""
    if scope["type"] != "http":
        return
    more = scope["path"] == "/read"
    while more:
        more = (await receive()).get("more_body")
    body = b"x" * (PLENTY if scope["path"] == "/plenty" else 2)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Noted(set[H11Protocol]):
    """Those who are connected; `ever` counts those who have gone since, too."""

    ever = 0

    def add(self, connection: H11Protocol) -> None:
        super().add(connection)
        self.ever += 1


class Listening:
    """A server that listens, and those who connect to it."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self._server, self._port = server, port
        self._connections = server.server_state.connections = Noted()

    def opened(self, sent: bytes = b"") -> socket.socket:
        """A connection that reads nothing; what is sent is there before the server knows of it."""
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.sendall(sent)
        return connection

    async def connected(self, sent: bytes = b"") -> SocketStream:
        return await SocketStream.from_socket(self.opened(sent))

    async def until_let_go(self) -> None:
        """Wait until whoever connected is connected no more."""
        seen = self._connections
        are_gone = partial(until, lambda: seen.ever and not seen, "that they are let go")
        await anyio.to_thread.run_sync(are_gone)

    async def answer(self, sent: bytes) -> bytes:
        """All that is answered until the server ends the connection."""
        async with await self.connected(sent) as stream:
            return await until_ended(stream)


async def until_ended(stream: SocketStream) -> bytes:
    answered = bytearray()
    with anyio.fail_after(PATIENCE_S):
        while True:
            try:
                answered += await stream.receive()
            except GONE:
                return bytes(answered)


async def drip(stream: SocketStream) -> None:
    """Send an octet now and then, until the server has ended the connection."""
    with anyio.fail_after(PATIENCE_S), suppress(*GONE):
        while True:
            await stream.send(b"x")
            await anyio.sleep(0.02)


@asynccontextmanager
async def listening(deadlines: Deadlines, most: int = 100) -> AsyncIterator[Listening]:
    server = uvicorn.Server(Connections(answering_app, most, deadlines))
    with listen("127.0.0.1", 0) as listener:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listener])
            yield Listening(server, listener.getsockname()[1])
            server.should_exit = True


@pytest.mark.parametrize("began", [b"", b"GET / HT", get("/") + b"GET / HT"])
async def test_whoever_owes_the_headers_is_let_go(began):
    async with listening(HEADERS_SOON) as server:
        answered = await server.answer(began)
    assert answered.count(b"200 OK") == began.count(get("/"))


@pytest.mark.parametrize(
    ("began", "soon"),
    [
        (b"GET / HTTP/1.1\r\n", HEADERS_SOON),
        (post("/read", PLENTY), BODY_SOON),
        (post("/early", PLENTY), BODY_SOON),
    ],
)
async def test_what_drips_in_is_not_waited_for(began, soon):
    async with listening(soon) as server, await server.connected(began) as stream:
        await drip(stream)


async def test_a_body_that_does_not_come_is_answered_so():
    async with listening(BODY_SOON) as server:
        answered = await server.answer(post("/read") + b"half ")
    assert answered.startswith(b"HTTP/1.1 408 ")


async def test_whoever_does_not_read_the_answer_is_let_go():
    async with listening(STALL_SOON) as server:
        silent = server.opened(get("/plenty"))
        await server.until_let_go()
        async with await SocketStream.from_socket(silent) as stream:
            assert len(await until_ended(stream)) < PLENTY


async def test_whoever_reads_slowly_but_surely_gets_all_of_the_answer():
    lasting = Deadlines(headers_s=PATIENCE_S, body_s=PATIENCE_S, stall_s=PATIENCE_S)
    async with listening(lasting) as server:
        slow = server.opened(get("/plenty"))
        await anyio.sleep(0.5)
        async with await SocketStream.from_socket(slow) as stream:
            assert len(await until_ended(stream)) > PLENTY


async def test_when_all_places_are_taken_the_one_silent_for_longest_goes():
    async with listening(NEVER, most=5) as server, anyio.create_task_group() as tasks:
        busy = await server.connected(post("/read"))
        silent = [await server.connected() for _ in range(20)]
        async with await server.connected(get("/")) as stream, busy:
            assert (await stream.receive()).startswith(b"HTTP/1.1 200 ")
            for one in silent[:14]:
                assert await until_ended(one) == b""
            await busy.send(b"the body--")
            assert (await busy.receive()).startswith(b"HTTP/1.1 200 ")
        for one in silent:
            tasks.start_soon(one.aclose)


async def test_where_all_are_busy_the_newcomer_goes():
    async with listening(NEVER, most=3) as server:
        busy = [await server.connected(post("/read")) for _ in range(3)]
        assert await server.answer(b"") == b""
        for one in busy:
            await one.send(b"the body--")
            assert (await one.receive()).startswith(b"HTTP/1.1 200 ")
            await one.aclose()


def limited_to(files: int) -> tuple[str, ...]:
    """The program, which may open so many files at most."""
    return ("bash", "-c", f'ulimit -n {files}; exec "$@"', "bash", *PROGRAM)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of open files are not imposed there")
def test_hundreds_who_say_nothing_leave_room_for_others_and_one_line():
    with HttpProcess(None, program=limited_to(256)) as server, ExitStack() as stack:
        for _ in range(600):
            stack.enter_context(socket.create_connection(server.address))
        answer = httpx2.get(f"{server.root}/healthz", trust_env=False, timeout=PATIENCE_S)
        server.kill()
        lines = server.last_words()
    assert answer.status_code == 200
    assert [line.split(": ", 1)[1] for line in lines] == [
        "All 128 connections are taken; whoever keeps silent for longest is let go\n"
    ]


STRANGE = (
    b"no request at all\r\n\r\n",
    b"GET /mcp HTTP/1.1\r\nhost: elsewhere.example\r\n\r\n",
    b"GET /mcp HTTP/1.1\r\nhost: here\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    post("/mcp") + b"half",
    b"POST /mcp HTTP/1.1\r\nhost: {bound}\r\n"
    + "".join(f"{name}: {value}\r\n" for name, value in SPOKEN.items()).encode()
    + b"content-length: 2000\r\n\r\nhalf",
)


@pytest.mark.slow
def test_what_strangers_send_makes_no_line_each_and_no_traceback():
    with HttpProcess(None) as server:
        for sent in STRANGE * 20:
            with socket.create_connection(server.address) as stranger:
                stranger.sendall(sent.replace(b"{bound}", server.bound.encode()))
                stranger.shutdown(socket.SHUT_WR)
                stranger.recv(1000)
        answer = httpx2.get(f"{server.root}/healthz", trust_env=False, timeout=PATIENCE_S)
        server.kill()
        lines = server.last_words()
    assert answer.status_code == 200
    assert 0 < len(lines) < len(STRANGE), lines
    assert "Traceback" not in "".join(lines)
