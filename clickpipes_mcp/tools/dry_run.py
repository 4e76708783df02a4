"""What all writes share: dry runs, the journal around what is sent, and the answer's shape."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from clickpipes_mcp.cloud import ApiRequest, Pipe
from clickpipes_mcp.contract import Request
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.journal import DONE, UNKNOWN, JournalEntry
from clickpipes_mcp.secret_refs import SendableBody, literal_secrets
from clickpipes_mcp.tools.pipe_views import PipeRow
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import View

T = TypeVar("T")

_MOST_ITEMS = 20
_SHORTENED = "The body shown is shortened; the call sends every item."


class DryRunArguments(Request):
    """Every write can be looked at before it is made."""

    dry_run: bool | None = Field(default=None, description="Check and show only.")


class PlannedRequest(BaseModel):
    """A request as it would be sent, secrets masked; `note` says if long lists are cut."""

    model_config = ConfigDict(frozen=True)

    method: str
    path: str
    body: dict[str, JsonValue] | None = None
    note: str | None = None


class Outcome(View):
    """What a write did, or in a dry run would do, break and cost."""

    clickpipe: PipeRow | None = None
    request: PlannedRequest | None = None
    effects: list[str] | None = None
    costs: list[str] | None = None


def preview(request: ApiRequest) -> PlannedRequest:
    """A request fit to be shown."""
    shown = request.preview()
    body = shown.body if isinstance(shown.body, dict) else None
    short = {key: _shortened(value) for key, value in body.items()} if body is not None else None
    return PlannedRequest(
        method=shown.method,
        path=shown.path,
        body=short,
        note=_SHORTENED if short != body else None,
    )


def _shortened(value: JsonValue) -> JsonValue:
    """The value with the beginning of every long list only."""
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    rest = len(value) - _MOST_ITEMS
    more: list[JsonValue] = [f"and {rest} more"] if rest > 0 else []
    return [*map(_shortened, value[:_MOST_ITEMS]), *more]


def as_dry_run(summary: str) -> str:
    """The summary of something that was only looked at."""
    return f"{summary} Dry run: nothing was sent."


def planned(
    request: ApiRequest,
    summary: str,
    *,
    effects: Sequence[str] = (),
    costs: Sequence[str] = (),
) -> Outcome:
    """The answer of a dry run that would send one request."""
    return Outcome(
        summary=as_dry_run(summary),
        request=preview(request),
        effects=list(effects) or None,
        costs=list(costs) or None,
    )


async def sent(
    call: Call[Any],
    operation: str,
    send: Callable[[], Awaitable[T]],
    *,
    service_id: str,
    pipe: Pipe | None = None,
    name: str | None = None,
) -> T:
    """Send, with a line in the journal before and after; the error stays as it was.

    Raises:
        OperatorError: The journal cannot be written; nothing was sent.
    """
    intent = announced(call, operation, service_id=service_id, pipe=pipe, name=name)
    return await answered(call, intent, send)


def announced(
    call: Call[Any],
    operation: str,
    *,
    service_id: str,
    pipe: Pipe | None = None,
    name: str | None = None,
) -> JournalEntry:
    """The line in the journal that precedes a write.

    Raises:
        OperatorError: The journal cannot be written; nothing may be sent.
    """
    return call.app.journal.intent(
        tool=call.tool.name,
        operation=operation,
        service_id=service_id,
        clickpipe_id=pipe.id if pipe else None,
        name=pipe.name if pipe else name,
        consent=call.consent or None,
        principal=call.principal or None,
    )


async def answered(call: Call[Any], intent: JournalEntry, send: Callable[[], Awaitable[T]]) -> T:
    """Send what was announced, with a line in the journal about its end."""
    outcome, request_id = UNKNOWN, None
    made: object = None
    try:
        result = await send()
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
