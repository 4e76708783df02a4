"""How long a call keeps everybody else waiting: the computing between two awaits.

Counted is the time that this thread computes, not the time that passes: a machine that is busy
with something else makes a call slow, and does not make it hold the event loop.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

MOST_S = 1.0
"""A call that computes for longer without awaiting is a defect; the largest takes a fifth."""


@dataclass
class Watched:
    """The longest stretch of computing so far, and what it was part of."""

    longest_s: float = 0.0
    during: str = "the step that called"
    _began_s: float = field(default_factory=time.thread_time)

    def begin(self) -> None:
        self._began_s = time.thread_time()

    def end(self, part: object = None) -> None:
        taken_s = time.thread_time() - self._began_s
        if taken_s > self.longest_s:
            self.longest_s = taken_s
            self.during = repr(part)[:300] if part else self.during


@contextmanager
def watched() -> Iterator[Watched]:
    """Measure every step of the event loop while the block runs, the present one too."""
    seen = Watched()
    run: Callable[[asyncio.Handle], Any] = asyncio.Handle._run  # type: ignore[attr-defined]

    def measured(handle: asyncio.Handle) -> Any:
        seen.end()
        seen.begin()
        try:
            return run(handle)
        finally:
            seen.end(handle)
            seen.begin()

    asyncio.Handle._run = measured  # type: ignore[attr-defined]
    try:
        yield seen
    finally:
        seen.end()
        asyncio.Handle._run = run  # type: ignore[attr-defined]


def check(seen: Watched) -> None:
    """Fail where one step was too long."""
    assert seen.longest_s < MOST_S, (
        f"computed for {seen.longest_s:.1f} s without awaiting, in {seen.during}"
    )
