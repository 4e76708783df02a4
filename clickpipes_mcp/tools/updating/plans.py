"""The dry run of an update: its requests, how each field can change, effects and costs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import CHANGES, Operation
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import Conflict
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools.changes import (
    ChangeOutcome,
    FieldChange,
    Verdict,
    cap,
    change,
    list_changes,
    object_changes,
    source_changes,
)
from clickpipes_mcp.tools.dry_run import PlannedRequest, as_dry_run, preview
from clickpipes_mcp.tools.fences import check_pipe
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating import recreation
from clickpipes_mcp.tools.updating.course import Course, course_of, with_pause
from clickpipes_mcp.tools.updating.edits import ADD, PAUSING_KEYS, REMOVE, Edit
from clickpipes_mcp.tools.updating.losses import LossyChange, find_losses
from clickpipes_mcp.tools.updating.steps import steps_of
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.updating.way import StepRow
from clickpipes_mcp.tools.views import actions

MAY_FOLLOW: Final = "sent only where the API does not resume the pipe by itself"


class UpdateOutcome(ChangeOutcome):
    """What an update did step by step, or in a dry run would do.

    `requests` stands for `request` where several would be sent, in their order.
    """

    requests: list[PlannedRequest] | None = None
    steps: list[StepRow] | None = None


def name_of(edit: Edit) -> str:
    """The pipe's name, fit to be shown."""
    return clean(edit.pipe.name, limit=80)


def course_for(call: Call[UpdateArguments], edit: Edit, *, anyway: bool = False) -> Course:
    """The steps around an edit as the call wants them; `anyway` with pausing, wanted or not.

    Raises:
        Conflict: It cannot be edited in its present state.
    """
    arguments = call.arguments
    pause = bool(arguments.pause_if_needed) or anyway
    return course_of(edit, pause=pause, resume=arguments.resume)


async def foretell(call: Call[UpdateArguments], edit: Edit) -> UpdateOutcome:
    """The answer of a dry run: the requests, the verdict on each field, effects and costs."""
    changes = [*recreation.fixed_changes(edit), *await changes_of(call, edit)]
    if edit.fixed:
        return UpdateOutcome(
            summary=as_dry_run(
                f"“{name_of(edit)}” cannot be changed in place: {', '.join(edit.fixed)}; the call "
                "would be refused."
            ),
            changes=cap(changes),
            effects=recreation.effects(edit),
            costs=costs.of_ingesting(edit.spec, recreation.extent(edit)),
            next_actions=actions(recreation.copying(edit)),
        )
    if edit.is_empty:
        summary = as_dry_run(f"“{name_of(edit)}” is as asked for already.")
        return UpdateOutcome(summary=summary, changes=cap(changes) or None)
    refusal = _refusal(call, edit)
    course = course_for(call, edit, anyway=refusal is not None)
    steps = steps_of(await call.app.client.requests(), edit, course)
    requests = [preview(call, write) for write in steps.writes]
    losses = await find_losses(call, edit)
    if losses:
        check_pipe(call.app, edit.pipe, Operation.CHANGE.value)
    if course.runs:
        requests.append(
            preview(call, steps.run_again.write).model_copy(update={"note": MAY_FOLLOW})
        )
    return UpdateOutcome(
        summary=as_dry_run(_summary(edit, is_refused=refusal is not None)),
        request=requests[0] if len(requests) == 1 else None,
        requests=requests if len(requests) > 1 else None,
        changes=cap(changes),
        effects=[
            *_effects(edit, course, asks=call.consent_mode != "dangerously-off"),
            *_tell(losses),
        ]
        or None,
        costs=_costs_of(edit),
        next_actions=actions(*([with_pause(edit.pipe)] if refusal else [])),
    )


def _summary(edit: Edit, *, is_refused: bool) -> str:
    if is_refused:
        return (
            f"As “{name_of(edit)}” is {edit.pipe.state}, the call would be refused; with "
            "pause_if_needed=true it would do what is shown."
        )
    return f"Would change “{name_of(edit)}”."


def _refusal(call: Call[UpdateArguments], edit: Edit) -> Conflict | None:
    """Why the call would be refused, where pausing the pipe would help."""
    try:
        course_for(call, edit)
    except Conflict as conflict:
        if call.arguments.pause_if_needed:
            raise
        return conflict
    return None


async def changes_of(call: Call[UpdateArguments], edit: Edit) -> list[FieldChange]:
    """Every field: its value now, its new value, and whether it can change in place."""
    changes = [*_pipe_changes(edit), *_table_changes(edit)]
    if edit.settings:
        held = edit.pipe.settings or await _settings_of(call, edit.pipe)
        changes += object_changes(held, edit.settings, Verdict.IN_PLACE, "settings")
    return changes


async def _settings_of(call: Call[UpdateArguments], pipe: Pipe) -> Mapping[str, JsonValue]:
    return (await call.app.client.pipe_settings(pipe.service_id, pipe.id)).truth.values


def _pipe_changes(edit: Edit) -> Iterator[FieldChange]:
    pipe, body = edit.pipe, edit.body
    if "name" in body:
        yield change("name", pipe.truth.name, body["name"], Verdict.IN_PLACE)
    pausing = PAUSING_KEYS if edit.spec.family is Family.DATABASE else frozenset[str]()
    yield from source_changes(pipe, edit.source, pausing)
    source = body.get("source")
    if isinstance(source, dict) and "validateSamples" in source:
        yield FieldChange(field="validate_samples", verdict=Verdict.IN_PLACE, after="once, now")


def _table_changes(edit: Edit) -> Iterator[FieldChange]:
    pipe, body = edit.pipe, edit.body
    destination, mappings = body.get("destination"), body.get("fieldMappings")
    if isinstance(destination, dict) and isinstance(destination["columns"], list):
        live = pipe.truth.destination.get("columns")
        columns = [one for one in live if isinstance(one, dict)] if isinstance(live, list) else []
        yield from list_changes(
            "destination.columns", columns, destination["columns"], "name", "type"
        )
    if isinstance(mappings, list):
        yield from list_changes(
            "field_mappings", pipe.truth.field_mappings, mappings, "destinationField", "sourceField"
        )


def _effects(edit: Edit, course: Course, *, asks: bool) -> Iterator[str]:
    """What else happens: what stops meanwhile, what runs again, what is loaded."""
    if asks and (course.interrupts or edit.mappings(REMOVE)):
        yield "The call without dry_run asks a person first."
    if course.interrupts or course.waits:
        yield (
            "Ingestion stops until the pipe runs again; the source keeps its change log meanwhile."
        )
    if course.runs is not None:
        ends = "running" if course.runs else "paused"
        yield f"The API resumes an edited pipe to check it; it is left {ends} afterwards."
    elif edit.touches_database:
        yield "The API may resume the pipe by itself; pause_if_needed leaves it as it was."
    if edit.mappings(ADD):
        yield "Added tables are loaded in full; changes of the others wait for that."
    if edit.mappings(REMOVE):
        yield "Removed tables stop being replicated; their destination tables stay."
    if "destination" in edit.body or "fieldMappings" in edit.body:
        yield "The ClickHouse table is not altered: ALTER it first where columns change."


def _tell(losses: Sequence[LossyChange]) -> Iterator[str]:
    if losses:
        lost = dict.fromkeys(chain.from_iterable(CHANGES[one.loss].lost for one in losses))
        yield f"A person is asked first. Lost: {'; '.join(lost)}."


def _costs_of(edit: Edit) -> list[str] | None:
    if not edit.mappings(ADD):
        return None
    return costs.of_loading(edit.spec, "loading the added tables")
