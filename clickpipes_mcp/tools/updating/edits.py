"""What an update asks for, checked against the pipe as it is, and the requests it comes to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue

from clickpipes_mcp.argument_form import normal_form, snake_case
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.errors import Conflict, InvalidArguments, Problem
from clickpipes_mcp.operations import Flag, PipeSettings, settings_rules
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import Column, FieldMapping
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, target
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import valid_part
from clickpipes_mcp.tools.changes import is_same
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.table_mappings import (
    already_mapped,
    mapped_tables,
    mistaken,
    not_mapped,
)

ADD, REMOVE = "tableMappingsToAdd", "tableMappingsToRemove"
PAUSING_KEYS = frozenset({ADD, REMOVE, "settings"})
"""What of a database source the API changes only while the pipe is Paused.

Source: the API's refusal "must be paused to edit" (github.com/ClickHouse/
terraform-provider-clickhouse issues 497 and 600).
"""
FIXED_DESTINATION = ("database", "table", "managed_table", "table_definition", "roles")
RECREATE = "It is fixed at creation: create a new pipe, then delete this one."
_WITHIN_SOURCE = "validate_samples"


class UpdateDestination(Request):
    """What of a destination can change; the rest is taken only to say that it cannot."""

    model_config = ConfigDict(json_schema_extra={"x-hide": list(FIXED_DESTINATION)})

    columns: list[Column] | None = Field(
        default=None, min_length=1, description="All columns; the table itself stays."
    )
    database: str | None = Field(default=None, description="Fixed.")
    table: str | None = Field(default=None, description="Fixed.")
    managed_table: Flag | None = Field(default=None, description="Fixed.")
    table_definition: dict[str, JsonValue] | None = Field(default=None, description="Fixed.")
    roles: list[str] | None = Field(default=None, description="Fixed.")


class UpdateArguments(ConfirmedArguments, DryRunArguments, PipeArguments):
    """What to change; what is left out stays as it is.

    `settings` are taken without being published: they have a tool of their own.
    """

    model_config = ConfigDict(json_schema_extra={"x-hide": ["settings"]})

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="New name."
    )
    source: dict[str, JsonValue] | None = Field(
        default=None, description="Fields to change; which ones can depends on the source."
    )
    destination: UpdateDestination | None = Field(
        default=None, description="Streams and files only."
    )
    field_mappings: list[FieldMapping] | None = Field(default=None, description="All mappings.")
    settings: dict[str, JsonValue] | None = Field(
        default=None, description="As in update_clickpipe_settings."
    )
    validate_samples: bool | None = Field(default=None, description="Also sample data.")
    pause_if_needed: bool | None = Field(
        default=None, description="Pause a database pipe for the edit, then as before."
    )
    resume: bool | None = Field(default=None, description="Instead: run afterwards, or not.")


@dataclass(frozen=True)
class Edit:
    """A checked change to one pipe.

    `body` is what the pipe itself is sent, `settings` what its settings endpoint is; either may
    be empty. `fixed` are the fields that were asked for and cannot change, with the values
    wanted: only a dry run gets that far. `notes` tell what was worked out for the caller.
    """

    pipe: Pipe
    spec: SourceSpec
    body: dict[str, SendableBody] = field(default_factory=dict)
    settings: dict[str, SendableBody] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Mapping[str, SendableBody]:
        """What the source is sent, under the API's keys."""
        within = self.body.get("source")
        arm = within.get(self.spec.arm) if isinstance(within, dict) else None
        return arm if isinstance(arm, dict) else {}

    @property
    def is_empty(self) -> bool:
        return not self.body and not self.settings

    @property
    def must_be_paused(self) -> bool:
        return self.touches_database and not PAUSING_KEYS.isdisjoint(self.source)

    @property
    def touches_database(self) -> bool:
        return self.spec.family is Family.DATABASE and bool(self.source)

    def mappings(self, key: str) -> list[Mapping[str, object]]:
        """The table mappings that are added or removed."""
        mappings = self.source.get(key)
        items = mappings if isinstance(mappings, list) else []
        return [item for item in items if isinstance(item, dict)]


async def checked_edit(call: Call[UpdateArguments]) -> Edit:
    """What the call asks for; in a dry run also what no update can do.

    Raises:
        InvalidArguments: The pipe's source has no such field, or a rule is broken.
        Conflict: Nothing of such a source can change in place.
    """
    pipe = await target(call.app, call.arguments)
    spec = shown.spec_of(pipe)
    if spec is None:
        raise Conflict("This server does not know the source of that pipe and cannot change it.")
    edit = _with_source(call, Edit(pipe, spec))
    edit = await _with_destination(call, edit)
    edit = _with_settings(call, edit)
    arguments = call.arguments
    if arguments.name is not None:
        edit = replace(edit, body={"name": arguments.name, **edit.body})
    if arguments.resume is not None and not arguments.pause_if_needed:
        raise InvalidArguments([Problem("resume", "belongs to pause_if_needed=true")])
    if edit.is_empty and not edit.fixed and not edit.notes:
        raise InvalidArguments([Problem("", "nothing to change was given")])
    mapped = mapped_tables(edit.pipe)
    added, removed = edit.mappings(ADD), edit.mappings(REMOVE)
    problems = [*already_mapped(added, mapped), *mistaken(removed, mapped)]
    if problems:
        raise InvalidArguments(problems)
    return replace(edit, notes=(*edit.notes, *not_mapped(removed, mapped)))


def _with_source(call: Call[UpdateArguments], edit: Edit) -> Edit:
    given, spec = call.arguments.source, edit.spec
    samples = call.arguments.validate_samples
    notes: list[str] = []
    fixed: dict[str, object] = {}
    within: dict[str, SendableBody] = {}
    if given is not None:
        pasted, given, samples = _beside_the_arm(given, spec, samples=samples)
        if call.is_dry_run:
            given, fixed = _without_fixed(given, spec)
        given, left_out = _without_unchanged_address(given, edit)
        if left_out:
            notes.append(
                f"{', '.join(left_out)}: unchanged and left out, because the API checks what it "
                "is sent with the credentials of the same update"
            )
        if given:
            # As it was pasted, so that problems are told in the caller's own paths.
            within[spec.arm] = _source_body(call, spec, {pasted: given} if pasted else given)
    if samples is not None:
        within["validateSamples"] = samples
    body: dict[str, SendableBody] = {"source": within} if within else {}
    return replace(edit, body=body, fixed=fixed, notes=tuple(notes))


def _beside_the_arm(
    given: Mapping[str, JsonValue], spec: SourceSpec, *, samples: bool | None
) -> tuple[str, dict[str, JsonValue], bool | None]:
    """A pasted `{arm: {…}, validateSamples: …}` as the arm as spelled, its fields, the flag."""
    form = normal_form({"source": given}, {"type": "object", "properties": {}}, arm=spec.arm)
    problems = []
    for name, value in form.value.items():
        if snake_case(name) == _WITHIN_SOURCE and isinstance(value, bool):
            samples = value
        elif name != "source":
            place = f"source.{clean(name, limit=80)}"
            problems.append(Problem(place, f"is not a field of a {spec.title} source"))
    if problems:
        raise InvalidArguments(problems)
    pasted = form.spelled(("source",)).partition(".")[2]
    source = form.value.get("source")
    return pasted, (dict(source) if isinstance(source, dict) else dict(given)), samples


def _without_fixed(
    given: Mapping[str, JsonValue], spec: SourceSpec
) -> tuple[dict[str, JsonValue], dict[str, object]]:
    """The fields that can change, and those that only a new pipe can have."""
    schema = full_schema(spec.create)["properties"]["source"]
    form = normal_form(given, schema)
    source: dict[str, Any] = dict(form.value)
    fixed: dict[str, object] = {}
    for dotted in spec.immutable:
        *parents, name = dotted.split(".")
        holder = source
        for parent in parents:
            inner = holder.get(parent)
            holder = inner if isinstance(inner, dict) else {}
        if name in holder:
            fixed[f"source.{dotted}"] = holder.pop(name)
    return {name: value for name, value in source.items() if value != {}}, fixed


def _without_unchanged_address(
    given: Mapping[str, JsonValue], edit: Edit
) -> tuple[dict[str, JsonValue], list[str]]:
    """A database's fields that change something, where no credentials come with them.

    What the API is sent of a connection it checks at once, with the credentials sent along
    (github.com/ClickHouse/terraform-provider-clickhouse issues 617 and 618).
    """
    by_name = {snake_case(key): key for key in given}
    if edit.spec.family is not Family.DATABASE or "credentials" in by_name:
        return dict(given), []
    live = {snake_case(key): value for key, value in edit.pipe.arm_body.items()}
    left_out = [
        name
        for name, key in by_name.items()
        if isinstance(given[key], str | int) and name in live and is_same(given[key], live[name])
    ]
    kept = {key: value for key, value in given.items() if snake_case(key) not in left_out}
    return kept, [f"source.{name}" for name in left_out]


def _source_body(
    call: Call[UpdateArguments], spec: SourceSpec, given: Mapping[str, JsonValue]
) -> dict[str, SendableBody]:
    if spec.update is None:
        raise Conflict(
            f"The source of a {spec.title} pipe cannot be changed.",
            fix="Delete it and create it anew; its destination tables must be dropped first.",
        )
    valid = valid_part(
        spec.update, given, spec.update_rules, at="source", arm=spec.arm, fixed=spec.immutable
    )
    call.warnings += valid.warnings
    body = valid.request.body()
    if REMOVE in body:
        body[REMOVE] = list(_identifiers(valid.request))
    return body


def _identifiers(source: Request) -> Iterator[SendableBody]:
    """Removed mappings by nothing but the names that tell which one is meant."""
    for mapping in getattr(source, "table_mappings_to_remove", None) or ():
        fields = type(mapping).model_fields
        yield {
            key: value
            for key, value in mapping.body().items()
            if fields[snake_case(key)].is_required()
        }


async def _with_destination(call: Call[UpdateArguments], edit: Edit) -> Edit:
    destination, mappings = call.arguments.destination, call.arguments.field_mappings
    wanted = destination.model_dump(exclude_unset=True, exclude_none=True) if destination else {}
    fixed = {f"destination.{name}": wanted[name] for name in FIXED_DESTINATION if name in wanted}
    if fixed and not call.is_dry_run:
        raise InvalidArguments(
            [Problem(name, "cannot be changed after creation", fix=RECREATE) for name in fixed]
        )
    body, notes = dict(edit.body), list(edit.notes)
    if destination is not None and not fixed and not destination.columns:
        raise InvalidArguments([Problem("destination.columns", "is required")])
    columns: list[SendableBody] = [c.body() for c in (destination and destination.columns) or ()]
    if edit.spec.family is Family.DATABASE:
        _refuse_destination(columns, mappings)
    elif edit.spec.family is Family.OBJECT_STORAGE and mappings is not None and not columns:
        columns = await _live_columns(call, edit.pipe)
        notes.append("destination.columns: sent along as they are, because the API needs them")
    if columns:
        body["destination"] = {"columns": columns}
    if mappings is not None:
        body["fieldMappings"] = [mapping.body() for mapping in mappings]
    return replace(edit, body=body, fixed={**edit.fixed, **fixed}, notes=tuple(notes))


def _refuse_destination(
    columns: Sequence[SendableBody], mappings: Sequence[FieldMapping] | None
) -> None:
    given = {"destination": bool(columns), "field_mappings": mappings is not None}
    problems = [
        Problem(name, "a database pipe has none; its tables are in source.table_mappings")
        for name, is_given in given.items()
        if is_given
    ]
    if problems:
        raise InvalidArguments(problems)


async def _live_columns(call: Call[UpdateArguments], pipe: Pipe) -> list[SendableBody]:
    """The columns in force: the API takes no field mappings without them."""
    listed = pipe.destination.get("columns")
    if not listed:
        read = await call.app.client.pipe(pipe.service_id, pipe.id)
        listed = read.destination.get("columns")
    if isinstance(listed, list) and listed:
        return [
            {"name": str(column.get("name")), "type": str(column.get("type"))}
            for column in listed
            if isinstance(column, dict)
        ]
    raise InvalidArguments(
        [
            Problem(
                "destination.columns",
                "is required together with field_mappings, and the API does not show it",
                fix="Give all destination columns.",
                rule="update.mappings-need-columns",
            )
        ]
    )


def _with_settings(call: Call[UpdateArguments], edit: Edit) -> Edit:
    given, spec = call.arguments.settings, edit.spec
    if given is None:
        return edit
    if spec.family is Family.DATABASE:
        raise InvalidArguments(
            [
                Problem(
                    "settings",
                    "a database pipe has none of its own",
                    allowed=("source.settings",),
                    fix="Give sync_interval_seconds and pull_batch_size in source.settings.",
                    rule="settings.not-for-databases",
                )
            ]
        )
    rules = settings_rules(spec.family, spec.arm)
    valid = valid_part(PipeSettings, given, rules, at="settings")
    call.warnings += valid.warnings
    return replace(edit, settings=valid.request.body())
