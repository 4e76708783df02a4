"""Short series of what was read of pipes anyway; in memory, with an end in number and length."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal, TypeAlias

MOST_PIPES: Final = 1_000
MOST_SAMPLES: Final = 40
"""Of each pipe. The oldest go first, and so does the pipe that nobody looked at for longest."""

Counted: TypeAlias = Literal["records", "errors"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one look told of a pipe; `lag_ms` and the counts are None where it told none.

    `records` and `errors` count since the pipe began; they begin anew when it does.
    """

    at: datetime
    state: str
    lag_ms: float | None = None
    records: float | None = None
    errors: float | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """Since when a state has been seen; `is_exact` where the change to it was between two looks."""

    at: datetime
    is_exact: bool


class PipeSeries:
    """The last samples of each pipe, the oldest first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[Sample]] = OrderedDict()

    def note(self, pipe_id: str, sample: Sample) -> None:
        """Keep what was read of a pipe, and forget what is too much."""
        self._of.setdefault(pipe_id, deque(maxlen=MOST_SAMPLES)).append(sample)
        self._of.move_to_end(pipe_id)
        if len(self._of) > MOST_PIPES:
            self._of.popitem(last=False)

    def of(self, pipe_id: str) -> Sequence[Sample]:
        """What is kept of a pipe."""
        return tuple(self._of.get(pipe_id, ()))


def since(samples: Sequence[Sample]) -> Since | None:
    """Since when the last state of a series has been seen without another between."""
    begin = None
    for sample in reversed(samples):
        if sample.state != samples[-1].state:
            return Since(begin.at, is_exact=True) if begin else None
        begin = sample
    return Since(begin.at, is_exact=False) if begin else None


def rates(samples: Sequence[Sample], counter: Counted) -> list[float]:
    """The growth a second of `records` or `errors` between each two samples that tell it.

    A count that fell began anew; that step is left out.
    """
    told = [(one.at, value) for one in samples if (value := getattr(one, counter)) is not None]
    found = []
    for (then, before), (now, after) in pairwise(told):
        apart_s = (now - then).total_seconds()
        if apart_s > 0 and after >= before:
            found.append((after - before) / apart_s)
    return found
