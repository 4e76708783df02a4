"""What the journal knows of a pipe: when it was last set to work."""

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.journal import Journal

RECENT_S = 600.0
"""For how long after a start a failure is told as a relapse."""

_STARTS = frozenset({"create", "resync", "start"})


def age_of_last_start_s(journal: Journal, pipe: Pipe) -> float | None:
    """Seconds since this server last set the pipe to work; None where that is long ago."""
    ages = [
        journal.age_s(entry)
        for entry in journal.recent()
        if entry.operation in _STARTS
        and entry.clickpipe_id == pipe.id
        and not entry.came_to_nothing
    ]
    youngest = min(ages, default=RECENT_S)
    return youngest if youngest < RECENT_S else None
