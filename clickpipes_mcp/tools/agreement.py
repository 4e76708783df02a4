"""What a call would do to a pipe, for the person who decides."""

from typing import Any, Final

from pydantic import Field

from clickpipes_mcp.cloud import Pipe, show_word
from clickpipes_mcp.consent import Consequences, Impact, Operation
from clickpipes_mcp.contract import Request
from clickpipes_mcp.journal_entry import LONGEST_FACT
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import Found
from clickpipes_mcp.tools.fences import check_pipe
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.targets import what_tells_apart

_RENAMED_WITHIN_S: Final = 7 * 24 * 3600.0
"""For how long a question tells the name that a pipe had before."""


class ConfirmedArguments(Request):
    """Present where the person's answer may have to pass through the chat."""

    confirmation_token: str | None = Field(
        default=None,
        description="Token of the first answer, or code of the approval page, once the person has "
        "agreed.",
    )


def impact_on(
    call: Call[Any],
    found: Found,
    operation: Operation,
    consequences: Consequences,
    *,
    detail: str = "",
    change: str = "",
) -> Impact:
    """The impact of an operation on a pipe as it was just read; `change` is what would be sent.

    Raises:
        NotAllowed: The operator has put it beyond reach, whoever agrees.
    """
    pipe = found.pipe
    if operation.destroys:
        check_pipe(call.app, pipe, operation.value)
    return Impact(
        operation=operation,
        service_id=pipe.service_id,
        subject_id=pipe.id,
        subject_name=found.called,
        about=what_tells_apart(pipe),
        formerly=_former_names(call, pipe),
        kind=_kind_of(pipe),
        state=pipe.state,
        last_changed=pipe_views.moment(pipe.updated_at) or "at an unknown time",
        version=pipe.version(call.app.store_key),
        consequences=consequences,
        detail=detail,
        change=change,
        simulated=call.app.settings.environment == "simulator",
    )


def _kind_of(pipe: Pipe) -> str:
    """The source in words; of a kind nobody here knows, in quotation marks."""
    label = pipe_views.source_label(pipe)
    return label if pipe_views.spec_of(pipe) else quote(label)


def _former_names(call: Call[Any], pipe: Pipe) -> tuple[str, ...]:
    """The names a pipe had of late: in the journal, and those that this process saw."""
    sent = pipe.truth
    told = call.app.journal.names_of(pipe.id, _RENAMED_WITHIN_S)
    seen = call.app.client.seen_names.names_of(sent.id, _RENAMED_WITHIN_S)
    names = dict.fromkeys((*told, *map(_as_told, seen)))
    return tuple(name for name in names if name != _as_told(sent.name))


def _as_told(name: str) -> str:
    """A name as a line of the journal tells it."""
    return clean(show_word(name), limit=LONGEST_FACT)
