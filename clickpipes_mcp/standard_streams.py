"""The process's own input and output, waited for in the event loop.

The SDK has a thread read and write each line. So it is done with terminals and files, which nothing
else can wait for. Pipes and sockets can be waited for, and clients start servers with those: the
change of threads takes longer than most calls. Nor do two more tasks stand between the pipe and the
SDK: whoever waits for a message reads it, and whoever has one to send writes it.
"""

import codecs
import contextvars
import io
import os
import select
import stat
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final, Self

import anyio
from anyio.abc import TaskGroup
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from typing_extensions import override

from clickpipes_mcp.closing import ClosedAtExit
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
        async with anyio.create_task_group() as writing:
            yield ArrivingMessages(ArrivingLines(reads_from)), LeavingMessages(writes_to, writing)


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


class ArrivingMessages(ClosedAtExit):
    """Messages as the SDK reads them from lines; an exception stands for a line that is none."""

    last_context: contextvars.Context | None = None
    """No message brings one along: the SDK goes on in that of whoever reads."""

    def __init__(self, lines: ArrivingLines) -> None:
        self._lines = lines

    async def __anext__(self) -> SessionMessage | Exception:
        return as_message(await self._lines.__anext__())


def as_message(line: str) -> SessionMessage | Exception:
    """A line as the SDK reads it from standard input."""
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValidationError as error:
        return error


class LeavingMessages(ClosedAtExit):
    """Messages that are written at once where there is room, and otherwise when there is.

    A message that is begun is written to its end, whatever becomes of who sent it. Nobody but its
    sender waits for a client that does not read. That nobody will ever read is an error of `tasks`.
    """

    def __init__(self, number: int, tasks: TaskGroup) -> None:
        self._number = number
        self._tasks = tasks
        self._room = select.poll()
        self._room.register(number, select.POLLOUT)
        self._left = memoryview(b"")
        self._written: anyio.Event | None = None
        self._is_closed = False

    async def send(self, item: SessionMessage, /) -> None:
        """Write it behind those that were sent before.

        Raises:
            ClosedResourceError: Nothing is sent any more.
        """
        if self._is_closed:
            raise anyio.ClosedResourceError
        text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
        line = f"{text}\n".encode()
        if self._written is None:
            self._left = memoryview(line)
            with suppress(OSError):  # it comes again where there is somebody to tell it to
                self._write_what_fits()
            if not self._left:
                return
            self._written = anyio.Event()
            self._tasks.start_soon(self._write_rest, self._written)
        else:
            self._left = memoryview(bytes(self._left) + line)
        await self._written.wait()

    @override
    async def aclose(self) -> None:
        """Send nothing more; what is being written is written to its end."""
        self._is_closed = True

    async def _write_rest(self, written: anyio.Event) -> None:
        """Write what there was no room for.

        Raises:
            OSError: Nobody will read it.
        """
        self._write_what_fits()
        while self._left:
            await anyio.wait_writable(self._number)
            self._write_what_fits()
        self._written = None
        written.set()

    def _write_what_fits(self) -> None:
        # Others may share the stream, so it is not told not to block. Where there is any room,
        # there is room for so much: in pipes by POSIX, in sockets by their least.
        with suppress(BlockingIOError):
            while self._left and self._room.poll(0):
                count = os.write(self._number, self._left[: select.PIPE_BUF])
                self._left = self._left[count:]
