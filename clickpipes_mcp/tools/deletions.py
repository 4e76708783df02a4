"""What the journal knows of deletions: pipes that are gone, and pipes that are about to be."""

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.journal import DONE, Journal, JournalEntry

DELETION = "delete"
"""What the journal calls the deletion of a pipe."""

_DELETING_TAKES_S = 60.0


def is_leaving(journal: Journal, pipe: Pipe) -> bool:
    """Whether this server had it deleted: the API goes on listing it for a while."""
    return any(
        entry.operation == DELETION
        and entry.clickpipe_id == pipe.id
        and (entry.outcome == DONE or (entry.is_open and journal.age_s(entry) < _DELETING_TAKES_S))
        for entry in journal.recent()
    )


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
