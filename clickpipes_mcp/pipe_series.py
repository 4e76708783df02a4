"""Short series of what was read of pipes anyway; in memory, with an end in number and length."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal, TypeAlias

MOST_PIPES: Final = 10_000
MOST_SAMPLES: Final = 40
"""Of each pipe. The oldest go first, and so does the pipe that nobody looked at for longest."""

_MOST_IN_ALL: Final = 40_000
"""So many pipes have shorter series: no more than some ten megabytes in all."""

LEAST_APART_S: Final = 15.0
"""Of all samples but the last: who looks all the time has ten minutes to look back on."""

_ONE_LOOK_S: Final = 1.0
"""Whoever asks at the same moment gets the same answer: that is one sample, not two."""

Counted: TypeAlias = Literal["records", "errors"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one look told of a pipe; `lag_ms` and the counts are None where it told none.

    `records` and `errors` count since the pipe began; they begin anew when it does. `of_database`
    is whether it told what only pipes of databases tell, `name` what the pipe was called.
    """

    at: datetime
    state: str
    lag_ms: float | None = None
    records: float | None = None
    errors: float | None = None
    of_database: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """Since when a state has been seen; `is_exact` where the change to it was between two looks."""

    at: datetime
    is_exact: bool


class PipeSeries:
    """The last samples of each pipe, the oldest first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[Sample]] = OrderedDict()
        self._named: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, pipe_id: str, sample: Sample) -> None:
        """Keep what was read of a pipe, and forget what is too much."""
        kept = self._of.setdefault(pipe_id, deque())
        if kept and kept[-1].name != sample.name:
            self._forget_name(pipe_id, kept[-1].name)
        self._named[sample.name].add(pipe_id)
        if kept and _replaces_last(sample, kept):
            kept.pop()
        kept.append(sample)
        while len(kept) > min(MOST_SAMPLES, _MOST_IN_ALL // len(self._of)):
            kept.popleft()
        self._of.move_to_end(pipe_id)
        if len(self._of) > MOST_PIPES:
            oldest, forgotten = self._of.popitem(last=False)
            self._forget_name(oldest, forgotten[-1].name)

    def named(self, name: str) -> Collection[str]:
        """The ids of those that were called so when last read."""
        return self._named.get(name, ())

    def _forget_name(self, pipe_id: str, name: str) -> None:
        self._named[name].discard(pipe_id)
        if not self._named[name]:
            del self._named[name]

    def of(self, pipe_id: str) -> Sequence[Sample]:
        """What is kept of a pipe."""
        return tuple(self._of.get(pipe_id, ()))


def _replaces_last(sample: Sample, kept: Sequence[Sample]) -> bool:
    """Whether it tells of the same moment, or the last is too close to the one before."""
    if (sample.at - kept[-1].at).total_seconds() < _ONE_LOOK_S:
        return True
    return len(kept) > 1 and (kept[-1].at - kept[-2].at).total_seconds() < LEAST_APART_S


@dataclass(frozen=True, slots=True)
class Step:
    """How fast a count grew between two samples."""

    began: datetime
    ended: datetime
    per_s: float


def steps(samples: Sequence[Sample], counter: Counted) -> list[Step]:
    """The growth a second of `records` or `errors` between each two samples that tell it.

    A count that fell began anew; that step is left out.
    """
    told = [(one.at, value) for one in samples if (value := getattr(one, counter)) is not None]
    found = []
    for (then, before), (now, after) in pairwise(told):
        apart_s = (now - then).total_seconds()
        if apart_s > 0 and after >= before:
            found.append(Step(then, now, (after - before) / apart_s))
    return found


def rates(samples: Sequence[Sample], counter: Counted) -> list[float]:
    """The growth a second of each step."""
    return [step.per_s for step in steps(samples, counter)]
