"""What a write would send, shown to a person instead of being sent."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from clickpipes_mcp.contract import Request
from clickpipes_mcp.tools.pipe_views import PipeRow
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import View, cut
from clickpipes_mcp.tools.writes import Write, check_sendable, warn_of_literals

_MOST_ITEMS = 20
_SHORTENED = "The body shown is shortened; the call sends every item."


class DryRunArguments(Request):
    """Every write can be looked at before it is made."""

    dry_run: bool | None = Field(default=None, description="Only check and show.")


class PlannedRequest(BaseModel):
    """A request as it would be sent, secrets masked.

    `note` says where long lists are cut, or a condition under which alone it is sent.
    """

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


def preview(call: Call[Any], write: Write[object]) -> PlannedRequest:
    """The request of a write, fit to be shown; it warns and refuses as sending would.

    Raises:
        OperatorError: A secret may not go there, or a reference leads nowhere.
    """
    check_sendable(call, write)
    warn_of_literals(call, write.request.body)
    shown = write.request.preview()
    body = shown.body if isinstance(shown.body, dict) else None
    short = {key: _shorten(value) for key, value in body.items()} if body is not None else None
    return PlannedRequest(
        method=shown.method,
        path=shown.path,
        body=short,
        note=_SHORTENED if short != body else None,
    )


def _shorten(value: JsonValue) -> JsonValue:
    """The value with the beginning of every long list only."""
    if isinstance(value, dict):
        return {key: _shorten(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    return [_shorten(item) for item in cut(value, _MOST_ITEMS)]


def as_dry_run(summary: str) -> str:
    """The summary of something that was only looked at."""
    return f"{summary} Dry run: nothing was sent."


def show(
    call: Call[Any],
    write: Write[object],
    summary: str,
    *,
    effects: Sequence[str] = (),
    costs: Sequence[str] = (),
) -> Outcome:
    """The answer of a dry run that would send one write."""
    return Outcome(
        summary=as_dry_run(summary),
        request=preview(call, write),
        effects=list(effects) or None,
        costs=list(costs) or None,
    )
