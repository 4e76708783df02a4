"""Changing a pipe in place."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, JsonValue

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import Impact, Operation
from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.errors import Conflict, InvalidArguments, NextAction, Problem
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.schema_shape import JsonObject, with_merged
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.sources._pipe import Column, FieldMapping
from clickpipes_mcp.tools import _pipe_views as shown
from clickpipes_mcp.tools._checking import valid_part
from clickpipes_mcp.tools._impacts import ConfirmedArguments, impact_on
from clickpipes_mcp.tools._targets import PipeArguments, target
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec
from clickpipes_mcp.tools._writes import DryRunArguments, Outcome, note_literals, planned, sent
from clickpipes_mcp.tools.views import actions

_MAPPING_CHANGES = ("table_mappings_to_add", "table_mappings_to_remove")


class UpdateDestination(Request):
    """What of a destination can change."""

    columns: list[Column] = Field(
        min_length=1, description="All columns; the table itself is not altered."
    )


class UpdateArguments(ConfirmedArguments, DryRunArguments, PipeArguments):
    """What to change; what is left out stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="New name."
    )
    source: dict[str, JsonValue] | None = Field(
        default=None,
        description="Source fields to change; which ones depends on the pipe's source.",
    )
    destination: UpdateDestination | None = Field(
        default=None, description="New columns; streams and files only."
    )
    field_mappings: list[FieldMapping] | None = Field(
        default=None, description="New mappings; files need destination.columns with them."
    )
    validate_samples: bool | None = Field(default=None, description="Also sample data.")


@dataclass(frozen=True)
class Change:
    """A checked change to one pipe."""

    pipe: Pipe
    spec: SourceSpec
    source: Request | None
    body: dict[str, SendableBody]

    def mappings(self, direction: str) -> list[Any]:
        return list(getattr(self.source, direction, None) or ())


async def planned_change(call: Call[UpdateArguments]) -> Change:
    """The change as it would be sent.

    Raises:
        InvalidArguments: The pipe's source has no such field, or a rule is broken.
        Conflict: The pipe cannot be changed in place, or not in its present state.
    """
    pipe = await target(call.app, call.arguments)
    spec = shown.spec_of(pipe)
    if spec is None:
        raise Conflict("This server does not know the source of that pipe and cannot change it.")
    source = _checked_source(call, spec)
    body = _body(call.arguments, spec, source)
    if not body:
        raise InvalidArguments([Problem("", "nothing to change was given")])
    change = Change(pipe, spec, source, body)
    _check_destination(call, change)
    _check_state(change)
    return change


def _checked_source(call: Call[UpdateArguments], spec: SourceSpec) -> Request | None:
    given = call.arguments.source
    if given is None:
        return None
    if spec.update is None:
        raise Conflict(
            f"The source of a {spec.title} pipe cannot be changed.",
            fix="Delete it and create it anew; its destination tables must be dropped first.",
        )
    valid = valid_part(
        spec.update, given, spec.update_rules, at="source", arm=spec.arm, fixed=spec.immutable
    )
    call.warnings += valid.warnings
    return valid.request


def _body(
    arguments: UpdateArguments, spec: SourceSpec, source: Request | None
) -> dict[str, SendableBody]:
    body: dict[str, SendableBody] = {}
    if arguments.name is not None:
        body["name"] = arguments.name
    within: dict[str, SendableBody] = {}
    if source is not None:
        within[spec.arm] = source.body()
    if arguments.validate_samples is not None:
        within["validateSamples"] = arguments.validate_samples
    if within:
        body["source"] = within
    if arguments.destination is not None:
        body["destination"] = arguments.destination.body()
    if arguments.field_mappings is not None:
        body["fieldMappings"] = [mapping.body() for mapping in arguments.field_mappings]
    return body


def _check_destination(call: Call[UpdateArguments], change: Change) -> None:
    arguments, spec = call.arguments, change.spec
    problems = []
    if spec.family is Family.DATABASE:
        problems += [
            Problem(name, "a database pipe has none; its tables are in source.table_mappings")
            for name in ("destination", "field_mappings")
            if getattr(arguments, name) is not None
        ]
    elif (
        spec.family is Family.OBJECT_STORAGE
        and arguments.field_mappings is not None
        and arguments.destination is None
    ):
        problems.append(
            Problem(
                "destination.columns",
                "is required together with field_mappings",
                fix="Give all destination columns.",
                rule="update.mappings-need-columns",
            )
        )
    if problems:
        raise InvalidArguments(problems)


def _check_state(change: Change) -> None:
    """The API refuses edits of table mappings on a pipe that is not paused."""
    pipe = change.pipe
    touches_tables = any(change.mappings(direction) for direction in _MAPPING_CHANGES)
    if touches_tables and pipe.state != "Paused":
        target_: dict[str, object] = {"clickpipe": pipe.id}
        raise Conflict(
            f"Table mappings can only be changed while the pipe is Paused; it is {pipe.state}. "
            "Nothing was sent.",
            fix="Stop it, wait until it is Paused, then repeat this call; it resumes by itself.",
            next_actions=[
                NextAction("stop_clickpipe", "asks the person first", target_),
                NextAction("wait_for_clickpipe", "until Paused", target_ | {"until": "stopped"}),
            ],
        )


async def update(call: Call[UpdateArguments]) -> Outcome:
    """Send the change; a person has agreed where tables are removed."""
    change = await planned_change(call)
    pipe, client = change.pipe, call.app.client
    name = clean(pipe.name, limit=80)
    note_literals(call, change.body)
    if call.is_dry_run:
        requests = await client.requests()
        return planned(
            requests.update_pipe(pipe.service_id, pipe.id, change.body), f"Would change “{name}”."
        )
    changed = await sent(
        call,
        "update",
        lambda: client.update_pipe(pipe.service_id, pipe.id, change.body),
        service_id=pipe.service_id,
        pipe=pipe,
    )
    resumes = (
        ["the API may resume the pipe by itself to apply this; read its state before going on"]
        if change.spec.family is Family.DATABASE and change.source is not None
        else []
    )
    return Outcome(
        summary=f"Changed “{clean(changed.name, limit=80)}”: {', '.join(change.body)}; "
        f"it is {changed.state}.",
        clickpipe=shown.row(changed),
        warnings=resumes,
        next_actions=actions(
            NextAction("get_clickpipe", "shows it as it is now", {"clickpipe": pipe.id})
        ),
    )


async def impact(call: Call[UpdateArguments]) -> Impact | None:
    """Removing table mappings needs a person, everything else does not."""
    change = await planned_change(call)
    removed = change.mappings("table_mappings_to_remove")
    if not removed:
        return None
    tables = ", ".join(clean(str(mapping.target_table), limit=80) for mapping in removed[:20])
    more = f" and {len(removed) - 20} more" if len(removed) > 20 else ""
    return impact_on(
        call, change.pipe, Operation.REMOVE_TABLES, f"Destination tables: {tables}{more}"
    )


def with_source_fields(published: JsonObject) -> JsonObject:
    """The published schema, with every field that some kind of source can change."""
    return with_merged(published, "source", [s.update for s in SOURCES if s.update is not None])


UPDATE = ToolSpec(
    name="update_clickpipe",
    title="Update a ClickPipe",
    description="Change a pipe in place: name, credentials, connection, columns, mappings, tables. "
    "What is left out stays. Table changes need it Paused; removing tables asks a person. "
    "Settings, size and state have their own tools.",
    toolset="pipes",
    effect=Effect.DESTRUCTIVE,
    arguments=UpdateArguments,
    view=Outcome,
    run=update,
    impact=impact,
    schema=with_source_fields,
)
TOOLS = (UPDATE,)
