"""Lines over pipes and sockets, waited for without threads."""

import io
import os
import socket
from collections.abc import Iterator

import anyio
import pytest

from clickpipes_mcp.standard_streams import ArrivingLines, LeavingText, standard_streams

pytestmark = pytest.mark.anyio

MUCH = "é" * 300_000 + "\n"
"""More than a pipe or a socket holds."""


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


async def test_who_waits_for_a_client_that_does_not_read_holds_nobody_up(ends) -> None:
    reads_from, writes_to = ends
    text, read = LeavingText(writes_to), b""

    async with anyio.create_task_group() as both:

        async def send() -> None:
            await text.write("begun ")
            await text.write(MUCH)
            await text.flush()
            os.close(writes_to)

        both.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        while part := os.read(reads_from, 65_536):
            read += part
            await anyio.lowlevel.checkpoint()
            await anyio.wait_readable(reads_from)

    assert read.decode() == f"begun {MUCH}"


async def test_text_that_nobody_will_read_is_an_error(ends) -> None:
    reads_from, writes_to = ends
    os.close(reads_from)
    text = LeavingText(writes_to)
    await text.write("x")

    with pytest.raises(BrokenPipeError):
        await text.flush()


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
