"""Reading and writing in the place of the server, until it is there."""

import os
import select
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final, Generic, TypeVar

from clickpipes_mcp.front.conversation import Conversation

T = TypeVar("T")

QUIET_AFTER_TOOLS_S: Final = 0.05
"""How long a client that knows the tools has to be quiet before the server is made: making it takes
the processor from whoever asks for another list."""

QUIET_S: Final = 0.5
"""The same for a client that may still be about to ask for the tools."""

_READ_AT_ONCE: Final = 65_536
_SIGNALLED: Final = 128
"""What shells add to the number of the signal that ended a program."""


@dataclass(frozen=True)
class HandedOver(Generic[T]):
    """A session on its way to the server that `made` answers, or raises why there is none.

    It is handed over between two lines: nobody could go on with half of one.

    `heard` are the lines that were answered already, `waiting` those that were read and were not.
    """

    made: Callable[[], T]
    heard: tuple[bytes, ...]
    waiting: tuple[bytes, ...]


def stand_in(
    conversation: Conversation, make: Callable[[], T], reads_from: int = 0, writes_to: int = 1
) -> HandedOver[T] | None:
    """Answer what can be answered until the server is made; None where the client left before."""
    making, lines = _Making(make), _Lines(reads_from)
    with _ended_by_signals():
        while True:
            if not _answer_all(conversation, lines, writes_to):
                return None
            if lines.waiting or (lines.have_ended and lines.is_one_begun):
                break
            if lines.have_ended:
                return None
            if making.is_done and not lines.is_one_begun:
                break
            _go_on(conversation, making, lines)
        while lines.is_one_begun and not lines.have_ended:
            select.select([lines.source], [], [])
            lines.read()
        return HandedOver(making.result, tuple(conversation.heard), lines.taken())


def _answer_all(conversation: Conversation, lines: "_Lines", writes_to: int) -> bool:
    """Answer up to a line that is left to the server; whether the client is still there."""
    while lines.waiting:
        answer = conversation.answer(lines.waiting[0])
        if answer is None:
            return True
        lines.waiting.popleft()
        if not _write(writes_to, answer):
            return False
    return True


def _go_on(conversation: Conversation, making: "_Making[T]", lines: "_Lines") -> None:
    """Wait until there is something to read, or the server is made or should be."""
    quiet_s = QUIET_AFTER_TOOLS_S if conversation.has_told_tools else QUIET_S
    news = [lines.source] if making.is_done else [lines.source, making.bell]
    ready, _, _ = select.select(news, [], [], None if making.has_begun else quiet_s)
    if lines.source in ready:
        lines.read()
    if not ready:
        making.begin()


class _Lines:
    """Lines as they arrive; `rest` is the beginning of one, put together when it is asked for."""

    def __init__(self, source: int) -> None:
        self.source = source
        self.waiting: deque[bytes] = deque()
        self.have_ended = False
        self._begun: list[bytes] = []

    @property
    def rest(self) -> bytes:
        self._begun = [b"".join(self._begun)]
        return self._begun[0]

    @property
    def is_one_begun(self) -> bool:
        """Whether a line has not arrived whole."""
        return any(self._begun)

    def read(self) -> None:
        try:
            arrived = os.read(self.source, _READ_AT_ONCE)
        except BlockingIOError:
            return
        except ConnectionResetError:  # whoever read no answer has left
            arrived = b""
        self.have_ended = not arrived
        first, *others = arrived.split(b"\n")
        self._begun.append(first)
        for other in others:
            self.waiting.append(self.rest)
            self._begun = [other]

    def taken(self) -> tuple[bytes, ...]:
        """All that was read and not answered."""
        return (*self.waiting, self.rest) if self.is_one_begun else tuple(self.waiting)


class _Making(Generic[T]):
    """Something that is made in a thread; `bell` can be read from once it is.

    Whatever ends the making of it, an exit too, is raised where the result is wanted.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._made: list[T] = []
        self._failure: BaseException | None = None
        self.has_begun = False
        self.is_done = False
        self.bell, self._rope = os.pipe()

    def begin(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self._thread.start()

    def result(self) -> T:
        """What was made, once it is; made here and now where that has not begun.

        Another thread would ask the system for the memory of it page by page.

        Raises:
            BaseException: What the making of it raised.
        """
        if not self.has_begun:
            return self._make()
        self._thread.join()
        os.close(self.bell)
        if self._failure is not None:
            raise self._failure
        return self._made[0]

    def _run(self) -> None:
        try:
            self._made.append(self._make())
        except BaseException as error:  # noqa: BLE001 # kept for the result
            self._failure = error
        self.is_done = True
        os.close(self._rope)


def _write(target: int, octets: bytes) -> bool:
    """Write all of it; whether anybody is there to read."""
    left = memoryview(octets)
    while left:
        try:
            left = left[os.write(target, left) :]
        except BlockingIOError:
            select.select([], [target], [])
        except (BrokenPipeError, ConnectionResetError):
            return False
    return True


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Nothing is under way that would have to end first."""

    def leave(number: int, _: FrameType | None) -> None:
        os._exit(_SIGNALLED + number)

    before = {one: signal.signal(one, leave) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
