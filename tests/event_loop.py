"""How long a call keeps everybody else waiting: the computing between two awaits.

Counted is the time that this thread computes, not the time that passes: a machine that is busy
with something else makes a call slow, and does not make it hold the event loop. Collecting the
garbage of thousands of tests is not the call's work either.
"""

import asyncio
import gc
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

MOST_S = 1.0
"""A call that computes for longer without awaiting is a defect; the largest takes a fifth."""

_USUAL_S = 0.03
"""What the reference takes on the machine and at the speed that `MOST_S` is meant for."""


@dataclass
class Watched:
    """The longest stretch of computing so far, and what it was part of."""

    longest_s: float = 0.0
    during: str = "the step that called"


class _Stopwatch:
    """The one measure of the running step; whoever watches is told its length."""

    def __init__(self) -> None:
        self.watchers: list[Watched] = []
        self._run: Callable[[asyncio.Handle], Any] = asyncio.Handle._run  # type: ignore[attr-defined]
        self._began_s = 0.0
        self._collecting_since_s = 0.0
        self._thread = 0

    def join(self, watched: Watched) -> None:
        if not self.watchers:
            self._thread = threading.get_ident()
            measure = self._measure

            def measured(handle: asyncio.Handle) -> Any:
                return measure(handle)

            asyncio.Handle._run = measured  # type: ignore[attr-defined]
            gc.callbacks.append(self._leave_out_collecting)
        self._split(None)
        self.watchers.append(watched)

    def leave(self, watched: Watched) -> None:
        self._split(None)
        self.watchers = [other for other in self.watchers if other is not watched]
        if not self.watchers:
            asyncio.Handle._run = self._run  # type: ignore[attr-defined]
            gc.callbacks.remove(self._leave_out_collecting)

    def _measure(self, handle: asyncio.Handle) -> Any:
        if threading.get_ident() != self._thread:
            return self._run(handle)  # of another loop, which has a clock of its own
        self._split(None)
        try:
            return self._run(handle)
        finally:
            self._split(handle)

    def _split(self, part: object) -> None:
        now_s = time.thread_time()
        for watched in self.watchers:
            if now_s - self._began_s > watched.longest_s:
                watched.longest_s = now_s - self._began_s
                watched.during = repr(part)[:300] if part else watched.during
        self._began_s = now_s

    def _leave_out_collecting(self, phase: str, _: object) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting_since_s = time.thread_time()
        else:
            self._began_s += time.thread_time() - self._collecting_since_s


_stopwatch = _Stopwatch()


@contextmanager
def watched() -> Iterator[Watched]:
    """Measure every step of the event loop while the block runs, the present one too."""
    seen = Watched()
    _stopwatch.join(seen)
    try:
        yield seen
    finally:
        _stopwatch.leave(seen)


def check(seen: Watched) -> None:
    """Fail where one step was too long, on a machine as slow as it is at this moment."""
    assert seen.longest_s < MOST_S or seen.longest_s < MOST_S * _slowness(), (
        f"computed for {seen.longest_s:.1f} s without awaiting, in {seen.during}"
    )


def _slowness() -> float:
    """How many times longer computing takes now, and under a tracer, than it should."""
    began_s = time.thread_time()
    for _ in range(20):
        json.loads(json.dumps({str(n): [n] * 5 for n in range(250)}, indent=1))
    traced = 2.5 if sys.gettrace() else 1.0
    return traced * max(1.0, (time.thread_time() - began_s) / _USUAL_S)
