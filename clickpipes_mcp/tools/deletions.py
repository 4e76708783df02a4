"""What the journal knows of deletions: things that are gone, and pipes that are about to be."""

from collections.abc import Awaitable
from typing import TypeVar

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import CallerError
from clickpipes_mcp.journal import DONE, Journal, JournalEntry
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.record import Call

FoundT = TypeVar("FoundT")
ServiceArgumentsT = TypeVar("ServiceArgumentsT", bound=ServiceArguments)

DELETION = "delete"
"""What the journal calls the deletion of a pipe."""

_DELETING_TAKES_S = 60.0
_STAYS_LISTED_S = 600.0
"""How long after its deletion a pipe may still be listed. After that, it was not deleted."""


def is_leaving(journal: Journal, pipe: Pipe) -> bool:
    """Whether this server had it deleted: the API goes on listing it for a while."""
    return any(
        entry.operation == DELETION
        and entry.clickpipe_id == pipe.id
        and (entry.outcome == DONE or (entry.is_open and journal.age_s(entry) < _DELETING_TAKES_S))
        for entry in journal.recent()
    )


def is_deletion_under_way(journal: Journal, pipe: Pipe) -> bool:
    """Whether the API has acknowledged of late that it deletes the pipe."""
    return any(
        entry.operation == DELETION
        and entry.clickpipe_id == pipe.id
        and entry.outcome == DONE
        and journal.age_s(entry) < _STAYS_LISTED_S
        for entry in journal.recent()
    )


def find_deletion(
    journal: Journal, wanted: str, service_id: str, operation: str = DELETION
) -> JournalEntry | None:
    """The last deletion of something of this id or name that the API acknowledged.

    What is no pipe goes by its id and its name together, in one text.
    """
    wanted = wanted.strip()
    last = {entry.id: entry for entry in (*journal.entries_about(wanted), *journal.recent())}
    found = [
        entry
        for entry in last.values()
        if entry.operation == operation
        and entry.outcome == DONE
        and entry.service_id == service_id
        and _is_of(entry, wanted)
    ]
    return found[-1] if found else None


async def find_unless_deleted(
    call: Call[ServiceArgumentsT],
    finding: Awaitable[FoundT],
    wanted: str,
    operation: str = DELETION,
) -> FoundT | None:
    """What `finding` finds; None where it is not there because this server had it deleted.

    Raises:
        CallerError: None or several fit, and the journal knows of no such deletion.
    """
    try:
        return await finding
    except CallerError as error:
        service = await find_service_id(call.app, call.arguments)
        if error.fits_several or not find_deletion(call.app.journal, wanted, service, operation):
            raise
        return None


def _is_of(entry: JournalEntry, wanted: str) -> bool:
    if entry.clickpipe_id is not None:
        return entry.clickpipe_id.lower() == wanted.lower() or entry.is_about(wanted)
    id_, _, name = (entry.name or "").partition(" ")
    return id_.lower() == wanted.lower() or name == wanted


def tell_gone(wanted: str) -> str:
    """The words for what find_deletion has found."""
    return f"{quote(wanted)} is gone: this server had it deleted."
