"""Sending a write, with a line in the journal before it and one after."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.journal import DONE, UNKNOWN, JournalEntry
from clickpipes_mcp.secret_refs import SendableBody, literal_secrets
from clickpipes_mcp.tools.record import Call

T = TypeVar("T")


async def send(
    call: Call[Any],
    operation: str,
    request: Callable[[], Awaitable[T]],
    *,
    service_id: str,
    pipe: Pipe | None = None,
    name: str | None = None,
) -> T:
    """Send, with a line in the journal before and after; the error stays as it was.

    Raises:
        OperatorError: The journal cannot be written; nothing was sent.
    """
    intent = announce(call, operation, service_id=service_id, pipe=pipe, name=name)
    return await send_announced(call, intent, request)


def announce(
    call: Call[Any],
    operation: str,
    *,
    service_id: str,
    pipe: Pipe | None = None,
    name: str | None = None,
) -> JournalEntry:
    """Write the line of the journal that precedes a write.

    Raises:
        OperatorError: The journal cannot be written; nothing may be sent.
    """
    complaint = call.app.journal.complaint()
    if complaint:
        call.warnings.append(complaint)
    return call.app.journal.intent(
        tool=call.tool.name,
        operation=operation,
        service_id=service_id,
        clickpipe_id=pipe.id if pipe else None,
        name=pipe.name if pipe else name,
        consent=call.consent or None,
        principal=call.principal or None,
    )


async def send_announced(
    call: Call[Any], intent: JournalEntry, request: Callable[[], Awaitable[T]]
) -> T:
    """Send what was announced, with a line in the journal about its end."""
    outcome, request_id = UNKNOWN, None
    made: object = None
    try:
        result = await request()
        outcome, made = DONE, result
        request_id = getattr(result, "request_id", None)
    except ClickPipesError as error:
        outcome = UNKNOWN if error.may_have_happened else error.code
        request_id = error.request_id
        raise
    finally:
        call.app.journal.outcome(
            intent,
            outcome,
            clickpipe_id=made.id if isinstance(made, Pipe) else None,
            request_id=request_id,
        )
    return result


def note_literals(call: Call[Any], body: SendableBody) -> None:
    """Warn of secrets written out in the call: the assistant's context now holds them."""
    places = list(literal_secrets(body))
    if places:
        call.warnings.append(
            f"{', '.join(places)}: written out in the call, so the conversation holds it. "
            "Pass ${env:CLICKPIPES_SECRET_NAME} or ${file:name} instead, and rotate it."
        )
