"""What was done to a pipe before: when it last changed, and a start that did not help."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Facts
from clickpipes_mcp.journal import Journal, JournalEntry
from clickpipes_mcp.pipe_states import Stage, state_named

START: Final = "start_clickpipe"
RECENT_S: Final = 600.0
"""For how long after a start a failure is told as a relapse."""

SHOWS_S: Final = 120.0
"""How long what was asked for may take to show in the state. Terraform waits as long for it."""

_SAME: Final = timedelta(seconds=60)
"""So far after a write the API may date the change that it made."""

STARTS: Final = frozenset({"create", "resync", "start"})
"""What the journal calls the writes that set a pipe to work."""

EDITS: Final = frozenset({"scale", "update", "update settings"})
"""What it calls those after which another start may turn out differently."""


def with_history(facts: Facts, pipe: Pipe, journal: Iterable[JournalEntry]) -> Facts:
    """The facts with what the API's dates and this server's journal tell of changes."""
    written = [entry for entry in writes_to(pipe, journal) if not entry.is_open]
    started = max((entry.time for entry in written if entry.tool == START), default=None)
    changed = max((entry.time for entry in written if entry.tool != START), default=None)
    updated = pipe.updated_at if pipe.updated_at != pipe.created_at else None
    return replace(
        facts,
        changed_at=max(filter(None, (started, changed, updated)), default=None),
        start_failed_at=started if started and _is_in_vain(pipe, started, changed) else None,
    )


def _is_in_vain(pipe: Pipe, started: datetime, changed: datetime | None) -> bool:
    """Whether it failed again, and nothing was changed since."""
    is_broken = state_named(pipe.state).stage is Stage.BROKEN
    is_last = changed is None or changed < started
    return is_broken and is_last and not (pipe.updated_at and pipe.updated_at > started + _SAME)


def writes_to(pipe: Pipe, journal: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The writes to a pipe that had an effect or may have had one, the oldest first."""
    about = [one for one in journal if one.clickpipe_id == pipe.id and not one.came_to_nothing]
    return sorted(about, key=lambda entry: entry.time)


def age_of_last_s(journal: Journal, pipe: Pipe, operations: frozenset[str]) -> float | None:
    """Seconds since the last of such writes to a pipe; None where that is long ago."""
    ages = [
        journal.age_s(entry)
        for entry in writes_to(pipe, journal.recent())
        if entry.operation in operations
    ]
    youngest = min(ages, default=RECENT_S)
    return youngest if youngest < RECENT_S else None


def was_broken_at_start(journal: Journal, pipe: Pipe) -> bool:
    """Whether a pipe is known to have been broken when this server last set it to work."""
    starts = [entry for entry in writes_to(pipe, journal.recent()) if entry.operation in STARTS]
    state = starts[-1].state if starts else None
    return state is not None and state_named(state).stage is Stage.BROKEN


def is_edited_since_start(journal: Journal, pipe: Pipe) -> bool:
    """Whether the last of its starts and edits is an edit."""
    last = [
        entry.operation
        for entry in writes_to(pipe, journal.recent())
        if entry.operation in STARTS | EDITS
    ]
    return bool(last) and last[-1] in EDITS
