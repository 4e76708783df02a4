"""Whether a pipe that runs will go on doing so, or has only just been started.

A pipe whose cause of failure is still there shows Running for a while after every start, without
a row. What is seen of it decides: rows that flow, or a time in which it would have failed again.
"""

from collections.abc import Mapping
from typing import Any

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.tools.evidence.history import (
    SHOWS_S,
    STARTS,
    age_of_last_s,
    was_broken_at_start,
)
from clickpipes_mcp.tools.evidence.scrapes import read_soon
from clickpipes_mcp.tools.polling import StatePauses, pace_of
from clickpipes_mcp.tools.record import Call

LASTS_S = 10.0
"""How long a pipe has to be seen at work, and between two readings of what it wrote."""

_LEAST_S = 5.0
"""Between two looks at a pipe that works and has not yet shown that it goes on doing so."""

PROVEN_S = 120.0
"""After a start, how long it takes until even a pipe without rows has shown that it stays up.

Inferred: a pipe that cannot reach its source or log in there fails within a minute or two, but
one that has nothing to read never shows a row.
"""

_ROWS = (
    "ClickPipes_SentEvents_Total",
    "ClickPipes_FetchedEvents_PerTable",
    "ClickPipes_FetchedBytesInitialLoad_Total",
)


def stage_of(pipe: Pipe) -> Stage:
    """What to expect next of a pipe."""
    return state_named(pipe.state).stage


class Steadiness:
    """What has been seen of one pipe while it was waited for.

    `started_s` is how long before the wait this server had set it to work, None where that is
    long ago or not known. `was_broken` is whether it is known to have been broken before it was
    set to work, or before it was seen at work. `worked_s` is how long it was last seen at work
    without a break, `rows_flow` whether it was seen to write.
    """

    def __init__(self, call: Call[Any], first: Pipe) -> None:
        journal = call.app.journal
        self.started_s = age_of_last_s(journal, first, STARTS)
        self.was_broken = stage_of(first) is Stage.BROKEN
        if self.started_s is not None:
            self.was_broken = was_broken_at_start(journal, first)
        self._call, self._clock = call, call.app.clock
        # A simulated world may be faster than the clock: what takes it ten seconds is over sooner.
        self._pace = pace_of(call)
        self._pauses = StatePauses(self._pace)
        self.is_fresh = self.started_s is not None or stage_of(first) is not Stage.WORKING
        self.worked_s = 0.0
        self.rows_flow = False
        self._began_s = self._clock.monotonic()
        self._working_since_s: float | None = None
        self._first_rows: Mapping[str, float] = {}
        self._was_working = False

    @property
    def age_s(self) -> float:
        """At least how long ago it was set to work."""
        return ((self.started_s or 0.0) + self._clock.monotonic() - self._began_s) * self._pace

    @property
    def is_steady(self) -> bool:
        """Whether Running is no passing state."""
        if not self.is_fresh:
            return True
        return self.worked_s >= LASTS_S and (self.rows_flow or self.age_s >= PROVEN_S)

    def is_stale(self, pipe: Pipe) -> bool:
        """Whether a failure that is shown may be the one from before the start."""
        is_just_started = self.started_s is not None and self.age_s < SHOWS_S
        may_be_old = is_just_started and self.was_broken and not self._was_working
        return stage_of(pipe) is Stage.BROKEN and may_be_old

    def note(self, pipe: Pipe) -> None:
        """Take in a state as it was just seen."""
        if stage_of(pipe) is not Stage.WORKING:
            self._working_since_s, self._first_rows = None, {}
            return
        self._was_working = True
        now_s = self._clock.monotonic()
        if self._working_since_s is None:
            self._working_since_s = now_s
        self.worked_s = (now_s - self._working_since_s) * self._pace

    def pause_after(self, pipe: Pipe) -> float:
        """Seconds until there is something to learn: how it does after a while, once it works."""
        if stage_of(pipe) is Stage.WORKING:
            return max(LASTS_S - self.worked_s, _LEAST_S) / self._pace
        return self._pauses.after(pipe)

    async def look(self, pipe: Pipe) -> Pipe:
        """The pipe as it is now; where that is in doubt, whether it writes rows is read too."""
        seen = await self._call.app.client.pipe(pipe.service_id, pipe.id)
        self.note(seen)
        if self.is_fresh and stage_of(seen) is Stage.WORKING and not self.rows_flow:
            await self._count_rows(seen)
        return seen

    async def _count_rows(self, pipe: Pipe) -> None:
        """Read once when it begins to work, and again when it has worked for a while."""
        if self._first_rows and self.worked_s < LASTS_S:
            return
        found = await read_soon(self._call.app, pipe.service_id)
        if found is None:
            return  # the time has to tell
        metrics = found[pipe.id].metrics if pipe.id in found else {}
        rows = {name: metrics[name].value for name in _ROWS if name in metrics}
        # What is missing from a reading is not zero.
        self.rows_flow = any(
            rows[one] > first for one, first in self._first_rows.items() if one in rows
        )
        self._first_rows = {**rows, **self._first_rows}
