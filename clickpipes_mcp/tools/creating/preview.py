"""The answer of a dry run of a create: what would be created, its effects and its costs."""

from collections.abc import Iterator, Mapping
from typing import Any

from clickpipes_mcp.cloud import Pipe, Scaling
from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools.dry_run import Outcome, show
from clickpipes_mcp.tools.extent import Extent, extent_of
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.source_proposals import propose_look, repeat_source
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import Write


def show_creation(call: Call[Any], write: Write[Pipe], spec: SourceSpec) -> Outcome:
    """The answer of a dry run of a create tool."""
    body = write.request.body or {}
    shown = show(
        call,
        write,
        f"Would create the {spec.title} ClickPipe; the same call without dry_run does.",
        effects=effects_of_creating(spec, body),
        costs=costs_of_creating(spec, body),
    )
    look = propose_look(spec, repeat_source(call.arguments.source))
    return shown.model_copy(update={"next_actions": actions(*look)})


def effects_of_creating(spec: SourceSpec, body: Mapping[str, SendableBody]) -> list[str]:
    """What a new pipe of such a body does at once."""
    return list(_creation_effects(spec, body, _extent(spec, body)))


def costs_of_creating(spec: SourceSpec, body: Mapping[str, SendableBody]) -> list[str]:
    """What a new pipe of such a body costs."""
    size = Scaling.model_validate(body.get("scaling") or {})
    return costs.of_ingesting(spec, _extent(spec, body), costs.size_of(size))


def _extent(spec: SourceSpec, body: Mapping[str, SendableBody]) -> Extent:
    source = _within(body, "source", spec.arm)
    return extent_of(spec, source if isinstance(source, Mapping) else {})


def _within(body: object, *path: str) -> object:
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _creation_effects(
    spec: SourceSpec, body: Mapping[str, SendableBody], extent: Extent
) -> Iterator[str]:
    if body.get("startPaused") is True:
        yield "Created stopped; start_clickpipe begins ingestion."
    elif extent.loads:
        yield "Loads the tables in full first, which the source has to bear."
    else:
        yield "Ingestion begins at once."
    if spec.family is Family.DATABASE and not extent.loads:
        yield "Rows that exist already are not loaded: only changes from now on arrive."
    elif spec.family is Family.DATABASE and not extent.follows:
        yield "Copies the tables once and completes: later changes do not arrive."
    if _within(body, "destination", "managedTable") is False:
        yield "The destination table has to exist already."
