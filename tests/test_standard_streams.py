"""Lines over pipes and sockets, waited for without threads."""

import io
import os
import socket
from collections.abc import Iterator

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification

from clickpipes_mcp.standard_streams import ArrivingLines, LeavingMessages, standard_streams

pytestmark = pytest.mark.anyio

MUCH = "é" * 300_000
"""More than a pipe or a socket holds."""


def told(text: str) -> SessionMessage:
    return SessionMessage(JSONRPCNotification(jsonrpc="2.0", method=text))


def lines(*texts: str) -> str:
    """What is sent of them."""
    return "".join(f'{{"jsonrpc":"2.0","method":"{text}"}}\n' for text in texts)


async def all_read(number: int) -> str:
    """What arrives until nobody writes any more."""
    octets = b""
    while True:
        await anyio.wait_readable(number)
        part = os.read(number, 65_536)
        octets += part
        if not part:
            return octets.decode()


@pytest.fixture(params=["pipe", "socket"])
def ends(request) -> Iterator[tuple[int, int]]:
    if request.param == "pipe":
        pair = os.pipe()
    else:
        pair = tuple(one.detach() for one in socket.socketpair())
    left = set(pair)
    yield pair
    for number in left:
        try:
            os.close(number)
        except OSError:
            continue


async def arrived(parts: list[bytes], ends: tuple[int, int]) -> list[str]:
    """The lines of octets that arrive part by part."""
    reads_from, writes_to = ends
    lines: list[str] = []

    async def read() -> None:
        lines.extend([line async for line in ArrivingLines(reads_from)])

    async with anyio.create_task_group() as both:
        both.start_soon(read)
        for part in parts:
            await anyio.wait_all_tasks_blocked()
            os.write(writes_to, part)
        await anyio.wait_all_tasks_blocked()
        os.close(writes_to)
    return lines


@pytest.mark.parametrize(
    "octets",
    [
        b'{"id":1}\n{"id":2}\r\nlast',
        b"one\rtwo\r\n\r\n\n",
        "caf\u00e9 \u2028 \U0001f600\n".encode(),
        b"\xff\xfe\n\xe2\x82",
        b"",
    ],
)
async def test_lines_are_those_of_a_text_file_wherever_octets_are_parted(octets, ends) -> None:
    expected = list(io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8", errors="replace"))

    parted = [octets[at : at + 1] for at in range(len(octets))]
    assert await arrived(parted, ends) == expected


async def test_what_there_is_room_for_is_written_without_waiting(ends) -> None:
    reads_from, writes_to = ends

    async with anyio.create_task_group() as tasks:
        messages = LeavingMessages(writes_to, tasks)
        with pytest.raises(StopIteration):
            messages.send(told("at once")).send(None)

    assert os.read(reads_from, 65_536).decode() == lines("at once")


async def test_who_waits_for_a_client_that_does_not_read_holds_nobody_up(ends) -> None:
    reads_from, writes_to = ends
    read = ""

    async with anyio.create_task_group() as tasks:
        messages = LeavingMessages(writes_to, tasks)

        async def send_all() -> None:
            async with anyio.create_task_group() as senders:
                for text in ("begun", MUCH, "short"):
                    senders.start_soon(messages.send, told(text))
            os.close(writes_to)

        tasks.start_soon(send_all)
        await anyio.wait_all_tasks_blocked()
        read = await all_read(reads_from)

    assert read == lines("begun", MUCH, "short")


async def test_a_message_that_is_begun_is_written_to_its_end(ends) -> None:
    reads_from, writes_to = ends

    async with anyio.create_task_group() as tasks:
        messages = LeavingMessages(writes_to, tasks)
        with anyio.move_on_after(0):
            await messages.send(told(MUCH))

        async def send_another() -> None:
            await messages.send(told("next"))
            await messages.aclose()
            os.close(writes_to)

        tasks.start_soon(send_another)
        read = await all_read(reads_from)

    assert read == lines(MUCH, "next")


@pytest.mark.parametrize("text", ["short", MUCH])
async def test_messages_that_nobody_will_read_are_an_error(text, ends) -> None:
    reads_from, writes_to = ends
    os.close(reads_from)

    with pytest.RaisesGroup(BrokenPipeError):
        async with anyio.create_task_group() as tasks:
            await LeavingMessages(writes_to, tasks).send(told(text))


async def test_nothing_is_sent_after_the_end(ends) -> None:
    async with anyio.create_task_group() as tasks:
        messages = LeavingMessages(ends[1], tasks)
        await messages.aclose()
        with pytest.raises(anyio.ClosedResourceError):
            await messages.send(told("late"))


async def test_standard_streams_that_are_not_the_process_s_own_are_left_to_the_sdk(
    monkeypatch,
) -> None:
    said = io.BytesIO(b"no message\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(said))
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO()))

    async with standard_streams() as (incoming, outgoing):
        assert isinstance(await incoming.__anext__(), Exception)
        await incoming.aclose()
        await outgoing.aclose()
