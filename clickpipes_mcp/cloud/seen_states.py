"""Since when each pipe is in its state, as far as this process has looked anyway."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.lines import PipeLine
from clickpipes_mcp.cloud.models import Pipe

_MOST_PIPES: Final = 10_000


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change that lies between two looks: the state before was last seen at `until`."""

    before: str
    until: datetime
    state: str
    since: datetime


class SeenStates:
    """The last change of each pipe's state; the pipe not read for longest is forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, tuple[str, datetime, StateChange | None]] = {}

    def note(self, pipes: Iterable[Pipe | PipeLine]) -> None:
        """Take in pipes as they were read."""
        now = self._clock.now()
        for pipe in pipes:
            state = pipe.state
            before, until, change = self._last.pop(pipe.sent.id, (state, now, None))
            if state != before:
                change = StateChange(before, until, state, now)
            self._last[pipe.sent.id] = state, now, change
        while len(self._last) > _MOST_PIPES:
            del self._last[next(iter(self._last))]

    def change_of(self, pipe_id: str) -> StateChange | None:
        """How the pipe came to its state; None where no change was seen."""
        return self._last[pipe_id][2] if pipe_id in self._last else None
