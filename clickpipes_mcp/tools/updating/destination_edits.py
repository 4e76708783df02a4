"""What of a pipe's destination and field mappings an update changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.live_rules import MAPPINGS_NEED_COLUMNS
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import FieldMapping
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.edits import Edit
from clickpipes_mcp.tools.updating.update_arguments import FIXED_DESTINATION, UpdateArguments

RECREATE = "It is fixed at creation: create a new pipe, then delete this one."


async def add_destination(call: Call[UpdateArguments], edit: Edit) -> Edit:
    """The edit, with what is asked of the destination and the field mappings.

    Raises:
        InvalidArguments: It is fixed, or the kind of pipe has none.
    """
    destination, mappings = call.arguments.destination, call.arguments.field_mappings
    wanted = destination.model_dump(exclude_unset=True, exclude_none=True) if destination else {}
    fixed = {f"destination.{name}": wanted[name] for name in FIXED_DESTINATION if name in wanted}
    if fixed and not call.is_dry_run:
        raise InvalidArguments(
            [Problem(name, "cannot be changed after creation", fix=RECREATE) for name in fixed]
        )
    body, notes = dict(edit.body), list(edit.notes)
    if destination is not None and not fixed and not destination.columns:
        raise InvalidArguments(
            [Problem(call.form.spelled(("destination", "columns")), "is required")]
        )
    columns: list[SendableBody] = [c.body() for c in (destination and destination.columns) or ()]
    if edit.spec.family is Family.DATABASE:
        _refuse_destination(columns, mappings)
    elif edit.spec.family is Family.OBJECT_STORAGE and mappings is not None and not columns:
        columns = await _live_columns(call, edit.pipe)
        notes.append(
            f"{call.form.spelled(('destination', 'columns'))}: The columns are sent along as they "
            "are, because the API needs them."
        )
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


async def find_columns(call: Call[UpdateArguments], pipe: Pipe) -> list[Mapping[str, object]]:
    """The columns in force; none where the API does not show them."""
    listed = pipe.truth.destination.get("columns")
    if not listed:
        read = await call.app.client.pipe(pipe.service_id, pipe.id)
        listed = read.truth.destination.get("columns")
    columns = listed if isinstance(listed, list) else []
    return [column for column in columns if isinstance(column, dict)]


async def _live_columns(call: Call[UpdateArguments], pipe: Pipe) -> list[SendableBody]:
    """The columns in force: the API takes no field mappings without them."""
    columns = await find_columns(call, pipe)
    if columns:
        return [
            {"name": str(column.get("name")), "type": str(column.get("type"))} for column in columns
        ]
    raise InvalidArguments(
        [
            Problem(
                "destination.columns",
                "is required together with field_mappings, and the API does not show it",
                fix="Give all destination columns.",
                rule=MAPPINGS_NEED_COLUMNS.id,
            )
        ]
    )
