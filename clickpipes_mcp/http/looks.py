"""Looks at pipes that all who watch a page share: one at a time, and none while nobody watches."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import anyio

from clickpipes_mcp.clock import Clock

_LEAST_S: Final = 5.0
"""Between two looks at the same thing."""

_REQUEST_S: Final = 2.0
"""Seconds for each request: half of the ten in ten seconds, the rest is the assistants'."""

_AFTER_A_FAILURE_S: Final = 10.0
_MOST_S: Final = 160.0
_MOST_SUBJECTS: Final = 64

Content = Mapping[str, object]
"""Structured content, as a tool answers it."""


class Unread(Exception):  # nothing of ours failed
    """What was to be looked at could not be read; `content` is what the tool answered."""

    def __init__(self, content: Content) -> None:
        super().__init__(str(content.get("problem", "")))
        self.content = content


@dataclass(frozen=True)
class Answers:
    """What one look read, by the tool that answered, and how many requests it took at most.

    `rest_s` is how long the processor may rest then; `figures` are what a panel draws beside them.
    """

    of: Mapping[str, Content]
    requests: int
    rest_s: float = 0.0
    figures: Content = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """What is known: the last answers and when they were read, and why there are no newer ones."""

    version: int = 0
    answers: Answers | None = None
    at: datetime | None = None
    trouble: Content | None = None

    @property
    def of(self) -> Mapping[str, Content]:
        """The answers by tool."""
        return self.answers.of if self.answers else {}

    @property
    def figures(self) -> Content:
        """What a panel draws beside the answers."""
        return self.answers.figures if self.answers else {}


class Pace:
    """Lets one look at a time go, and after it as much time pass as its requests are worth."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = anyio.Lock()
        self._free_at_s = float("-inf")

    async def take(self, read: Callable[[], Awaitable[Answers]], *, at_once: bool) -> Answers:
        """Read when it is time to; `at_once` is for what was never looked at."""
        async with self._turn:
            if not at_once:
                await self._clock.sleep(max(self._free_at_s - self._clock.monotonic(), 0.0))
            answers = await read()
            self._free_at_s = self._clock.monotonic() + answers.requests * _REQUEST_S
            return answers


class Subject:
    """One thing that people watch."""

    def __init__(
        self, read: Callable[[Look], Awaitable[Answers]], clock: Clock, pace: Pace
    ) -> None:
        self._read = read
        self._clock = clock
        self._pace = pace
        self._reading = anyio.Lock()
        self._last = Look()
        self._due_s = float("-inf")
        self._failures = 0

    async def now(self) -> Look:
        """The last look, or a new one where that is old."""
        is_old = self._clock.monotonic() >= self._due_s
        return await self.after(self._last.version if is_old else self._last.version - 1)

    async def after(self, version: int) -> Look:
        """The first look that is newer: the one who comes first reads, the others wait for it."""
        if self._last.version > version:
            return self._last
        async with self._reading:
            if self._last.version <= version:
                await self._clock.sleep(max(self._due_s - self._clock.monotonic(), 0.0))
                self._last = await self._look()
            return self._last

    async def _look(self) -> Look:
        version, now = self._last.version + 1, self._clock.now
        try:
            answers = await self._pace.take(
                lambda: self._read(self._last), at_once=self._last.version == 0
            )
        except Unread as unread:
            self._failures += 1
            told = unread.content.get("wait_s")
            wait_s = float(told) if isinstance(told, int | float) else 0.0
            pause_s = max(wait_s, _AFTER_A_FAILURE_S * 2 ** min(self._failures - 1, 4))
            self._due_s = self._clock.monotonic() + min(pause_s, _MOST_S)
            return replace(self._last, version=version, trouble=unread.content)
        self._failures = 0
        pause_s = max(_LEAST_S, answers.requests * _REQUEST_S, answers.rest_s)
        self._due_s = self._clock.monotonic() + pause_s
        return Look(version, answers, now())


class Subjects:
    """Everything that is watched; what nobody looked at for longest is forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pace = Pace(clock)
        self._known: OrderedDict[str, Subject] = OrderedDict()

    def of(self, name: str, read: Callable[[Look], Awaitable[Answers]]) -> Subject:
        """The subject of that name, which `read` looks at."""
        if name not in self._known:
            self._known[name] = Subject(read, self._clock, self._pace)
        self._known.move_to_end(name)
        if len(self._known) > _MOST_SUBJECTS:
            self._known.popitem(last=False)
        return self._known[name]
