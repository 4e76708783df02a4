"""What was read of pipes anyway, kept for a while: nothing is asked for it, and it ends with us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.lines import PipeLine
from clickpipes_mcp.cloud.models import Pipe
from clickpipes_mcp.pipe_series import PipeSeries, Sample, Since

_MOST_PIPES: Final = 10_000


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change that lies between two looks: the state before was last seen at `until`."""

    before: str
    until: datetime
    state: str
    since: datetime


@dataclass(slots=True)
class _Seen:
    state: str
    first: datetime
    last: datetime
    change: StateChange | None = None


class PipeHistory:
    """The last change of each pipe's state, and short series of its readings.

    The pipe not read for longest is forgotten first.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._series = PipeSeries()

    def note_states(self, pipes: Iterable[Pipe | PipeLine]) -> None:
        """Take in pipes as they were read."""
        now = self._clock.now()
        for pipe in pipes:
            state, id_ = pipe.state, pipe.sent.id
            before = self._seen.pop(id_, None)
            if before is None:
                seen = _Seen(state, now, now)
            elif before.state == state:
                before.last, seen = now, before
            else:
                change = StateChange(before.state, before.last, state, now)
                seen = _Seen(state, now, now, change)
            self._seen[id_] = seen
        while len(self._seen) > _MOST_PIPES:
            del self._seen[next(iter(self._seen))]

    def note_reading(self, pipe_id: str, reading: Sample) -> None:
        """Take in what the metrics told of a pipe."""
        self._series.note(pipe_id, reading)

    def change_of(self, pipe_id: str) -> StateChange | None:
        """How the pipe came to its state; None where no change was seen."""
        seen = self._seen.get(pipe_id)
        return seen.change if seen else None

    def since_of(self, pipe_id: str) -> Since | None:
        """Since when the pipe has been seen in its state, without another between."""
        seen = self._seen.get(pipe_id)
        return Since(seen.first, is_exact=seen.change is not None) if seen else None

    def only_one_named(self, name: str) -> str | None:
        """The id of the pipe whose metrics have that name; None where there is not one alone."""
        found = self._series.named(name)
        return next(iter(found)) if len(found) == 1 else None

    def readings_of(self, pipe_id: str) -> Sequence[Sample]:
        """What the metrics told of the pipe, the oldest first."""
        return self._series.of(pipe_id)
