"""What the journal knows of a pipe: when it was last set to work, and whether it was deleted."""

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.journal import DONE, Journal, JournalEntry
from clickpipes_mcp.tools.writes import DELETION

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


def find_deletion(journal: Journal, wanted: str) -> JournalEntry | None:
    """The last deletion of a pipe of this id or name that the API acknowledged."""
    wanted = wanted.strip()
    last = {entry.id: entry for entry in (*journal.entries(), *journal.recent())}
    found = [
        entry
        for entry in last.values()
        if entry.operation == DELETION
        and entry.outcome == DONE
        and ((entry.clickpipe_id or "").lower() == wanted.lower() or entry.is_about(wanted))
    ]
    return found[-1] if found else None
