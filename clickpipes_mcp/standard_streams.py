"""The process's own input and output, waited for in the event loop.

The SDK has a thread read and write each line. So it is done with terminals and files, which nothing
else can wait for. Pipes and sockets can be waited for, and clients start servers with those: the
change of threads takes longer than most calls.
"""

import codecs
import io
import os
import select
import stat
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Self, cast

import anyio
from mcp.server.stdio import stdio_server

from clickpipes_mcp.unreadable_lines import Incoming, Outgoing

_READ_AT_ONCE: Final = 65_536
_ABOVE_STANDARD: Final = 3


@asynccontextmanager
async def standard_streams() -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """What arrives and what is sent, as the SDK has it.

    Meanwhile whoever else reads standard input finds nothing there, and what others write to
    standard output goes to standard error.
    """
    if not (_can_be_waited_for(sys.stdin, 0) and _can_be_waited_for(sys.stdout, 1)):
        async with stdio_server() as streams:
            yield streams
        return
    with _taken_away() as (reads_from, writes_to):
        # Of files the SDK wants no more than these have.
        lines = cast("anyio.AsyncFile[str]", ArrivingLines(reads_from))
        text = cast("anyio.AsyncFile[str]", LeavingText(writes_to))
        async with stdio_server(lines, text) as streams:
            yield streams


def _can_be_waited_for(stream: io.TextIOBase | object, number: int) -> bool:
    """Whether a standard stream is the process's own, and a pipe or a socket."""
    if os.name != "posix" or not isinstance(stream, io.TextIOWrapper):
        return False
    try:
        mode = os.fstat(number).st_mode
        return stream.fileno() == number and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))
    except (OSError, ValueError):
        return False


@contextmanager
def _taken_away() -> Iterator[tuple[int, int]]:
    """Both standard streams under other numbers, with something harmless in their places."""
    import fcntl  # not on Windows

    kept = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _ABOVE_STANDARD) for number in (0, 1)]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        yield kept[0], kept[1]
    finally:
        for number, duplicate in enumerate(kept):
            os.dup2(duplicate, number)
            os.close(duplicate)


class ArrivingLines:
    """Lines of a pipe or socket as text files are read: UTF-8, whichever way a line ends."""

    def __init__(self, number: int) -> None:
        self._number = number
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._begun: list[str] = []
        self._lines: deque[str] = deque()
        self._have_ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._lines:
            if self._have_ended:
                raise StopAsyncIteration
            await anyio.wait_readable(self._number)
            self._read()
        return self._lines.popleft()

    def _read(self) -> None:
        try:
            octets = os.read(self._number, _READ_AT_ONCE)
        except BlockingIOError:
            return
        self._have_ended = not octets
        first, *others = self._decoder.decode(octets, final=self._have_ended).split("\n")
        self._begun.append(first)
        for other in others:
            self._lines.append("".join(self._begun) + "\n")
            self._begun = [other]
        if self._have_ended and (rest := "".join(self._begun)):
            self._lines.append(rest)


class LeavingText:
    """Text that is sent when it is flushed; nobody else waits for a client that does not read."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._room = select.poll()
        self._room.register(number, select.POLLOUT)
        self._text = ""

    async def write(self, text: str) -> None:
        """Send it with the next flush."""
        self._text += text

    async def flush(self) -> None:
        """Send all of it.

        Raises:
            BrokenPipeError: Nobody will read it.
        """
        left, self._text = memoryview(self._text.encode()), ""
        while left:
            # Others may share the stream, so it is not told not to block. Where there is any room,
            # there is room for so much: in pipes by POSIX, in sockets by their least.
            try:
                if self._room.poll(0):
                    left = left[os.write(self._number, left[: select.PIPE_BUF]) :]
                    continue
            except BlockingIOError:
                pass
            await anyio.wait_writable(self._number)
