"""A loop on which a library connects to judged addresses alone, whatever it asks for."""

import asyncio
import gc
import socket
import threading
import warnings
from contextlib import closing, suppress

import pytest

from clickpipes_mcp.checks import AddressRefused, Checked, Outcome
from clickpipes_mcp.checks.judged_loop import JudgedLoop
from tests.faults.processes import PATIENCE_S

HOSTS = {"db.example.com": "127.0.0.1"}


def pin(host: str) -> str:
    if host not in HOSTS:
        raise AddressRefused(Checked("reachable", Outcome.UNSEEN, f"{host} is refused"))
    return HOSTS[host]


async def by_name(host: str, port: int) -> None:
    _, writer = await asyncio.open_connection(host, port)
    writer.close()


async def by_socket(host: str, port: int) -> None:
    with closing(socket.socket()) as connecting:
        connecting.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connecting, (host, port))


@pytest.mark.parametrize("connect", [by_name, by_socket])
def test_what_was_not_judged_is_not_connected_to(connect) -> None:
    arrived = []
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        asyncio.Runner(loop_factory=lambda: JudgedLoop(pin)) as runner,
    ):
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "169.254.169.254", "localhost", "inner.example.com"):
            with pytest.raises(ConnectionRefusedError):
                runner.run(connect(host, port))
        with pytest.raises(TimeoutError):
            arrived.append(listener.accept())
        loop = runner.get_loop()
        assert isinstance(loop, JudgedLoop)
        assert "169.254.169.254" in loop.refused


def test_a_name_leads_to_the_address_that_was_judged() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        asyncio.Runner(loop_factory=lambda: JudgedLoop(pin)) as runner,
    ):
        runner.run(by_name("db.example.com", listener.getsockname()[1]))
        listener.settimeout(PATIENCE_S)
        listener.accept()[0].close()


class Buffered(asyncio.BufferedProtocol):
    """A reader with a buffer of its own."""

    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()

    def get_buffer(self, _: int) -> bytearray:
        return bytearray(1_000_000)

    def buffer_updated(self, _: int) -> None:
        pass

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set_result(error)


async def with_a_buffer(port: int) -> None:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(Buffered, "db.example.com", port)
    error = await protocol.ended
    assert error is not None
    raise error


async def by_stream(port: int) -> None:
    reader, _ = await asyncio.open_connection("db.example.com", port)
    while await reader.read(1_000_000):
        pass


@pytest.mark.parametrize("read", [by_stream, with_a_buffer])
def test_an_answer_without_end_is_left(read) -> None:
    def send_on(listener: socket.socket) -> None:
        with closing(listener.accept()[0]) as taken, suppress(OSError):
            while True:
                taken.sendall(bytes(1_000_000))

    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        asyncio.Runner(loop_factory=lambda: JudgedLoop(pin)) as runner,
    ):
        sender = threading.Thread(target=send_on, args=(listener,), daemon=True)
        sender.start()
        with pytest.raises(ConnectionAbortedError, match="does not end"):
            runner.run(read(listener.getsockname()[1]))
        sender.join(PATIENCE_S)
        assert not sender.is_alive()


async def with_something_to_send(port: int) -> None:
    _, writer = await asyncio.open_connection("db.example.com", port)
    writer.write(bytes(50_000_000))
    writer.close()


async def as_it_is(port: int) -> None:
    left = socket.socket()
    left.setblocking(False)
    await asyncio.get_running_loop().sock_connect(left, ("127.0.0.1", port))


@pytest.mark.parametrize("leave", [with_something_to_send, as_it_is])
def test_what_a_library_leaves_open_ends_with_the_loop(leave, monkeypatch) -> None:
    monkeypatch.setitem(HOSTS, "127.0.0.1", "127.0.0.1")
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        with asyncio.Runner(loop_factory=lambda: JudgedLoop(pin)) as runner:
            runner.run(leave(listener.getsockname()[1]))
        gc.collect()
        with closing(listener.accept()[0]) as taken, suppress(ConnectionResetError):
            taken.settimeout(PATIENCE_S)
            while taken.recv(1_000_000):
                pass
    assert warned == []
