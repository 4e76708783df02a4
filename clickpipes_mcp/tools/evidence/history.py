"""What was done to a pipe before: when it last changed, and a start that did not help."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Facts
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.pipe_states import Stage, state_named

START: Final = "start_clickpipe"
_SAME: Final = timedelta(seconds=60)
"""So far after a write the API may date the change that it made."""


def with_history(facts: Facts, pipe: Pipe, journal: Iterable[JournalEntry]) -> Facts:
    """The facts with what the API's dates and this server's journal tell of changes."""
    written = [
        (entry.time, entry.tool)
        for entry in journal
        if entry.clickpipe_id == pipe.id and not entry.is_open and not entry.came_to_nothing
    ]
    started = max((time for time, tool in written if tool == START), default=None)
    changed = max((time for time, tool in written if tool != START), default=None)
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
