"""What a call would do to a pipe, for the person who decides."""

from typing import Any

from pydantic import Field

from clickpipes_mcp.consent import Consequences, Impact, Operation
from clickpipes_mcp.contract import Request
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import Found
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.targets import what_tells_apart


class ConfirmedArguments(Request):
    """Present where the operator allows confirmation in the chat."""

    confirmation_token: str | None = Field(
        default=None, description="From the first answer, once the person has agreed."
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
    """The impact of an operation on a pipe as it was just read; `change` is what would be sent."""
    pipe = found.pipe
    return Impact(
        operation=operation,
        service_id=pipe.service_id,
        subject_id=pipe.id,
        subject_name=found.called,
        about=what_tells_apart(pipe),
        kind=pipe_views.source_label(pipe),
        state=pipe.state,
        last_changed=pipe_views.moment(pipe.updated_at) or "at an unknown time",
        version=pipe.version(call.app.store_key),
        consequences=consequences,
        detail=detail,
        change=change,
        simulated=call.app.settings.environment == "simulator",
    )
