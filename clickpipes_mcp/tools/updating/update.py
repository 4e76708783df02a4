"""Changing a pipe in place, and telling beforehand what that would do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce

from clickpipes_mcp.consent import (
    CHANGES,
    CREDENTIALS_REPLACED,
    LEFT_PAUSED,
    TABLES_ADDED,
    VALUES_SET,
    Consequences,
    Impact,
    Operation,
    consequences_of,
    paused_meanwhile,
)
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.schema_shape import JsonObject, with_merged
from clickpipes_mcp.secret_refs import digest_of
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import costs, pipe_views
from clickpipes_mcp.tools.addressing import Found
from clickpipes_mcp.tools.agreement import impact_on
from clickpipes_mcp.tools.changes import (
    MAPPINGS,
    MOST_CHANGES,
    FieldChange,
    Verdict,
    changes_anything,
)
from clickpipes_mcp.tools.fences import check_request
from clickpipes_mcp.tools.pipe_settings import with_settings_to_journal
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.secret_recipients import sent_secrets
from clickpipes_mcp.tools.updating.course import Course
from clickpipes_mcp.tools.updating.edit_checks import check_edit
from clickpipes_mcp.tools.updating.edits import ADD, REMOVE, Edit
from clickpipes_mcp.tools.updating.logins import replaces_login, warn_of_login
from clickpipes_mcp.tools.updating.losses import LossyChange, find_losses, tell_all
from clickpipes_mcp.tools.updating.plans import (
    UpdateOutcome,
    changes_of,
    course_for,
    foretell,
    name_of,
)
from clickpipes_mcp.tools.updating.steps import steps_of
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.updating.way import Way
from clickpipes_mcp.tools.views import actions, cut


async def prepare_update(call: Call[UpdateArguments]) -> Prepared:
    """Make a change; where it may lose something or stops the pipe, a person is asked first."""
    edit = await check_edit(call)
    call.warnings += [*edit.notes, *warn_of_login(edit)]
    sends = sent_secrets(edit.body, edit.pipe.truth.arm_body)
    if call.is_dry_run:
        return Prepared(None, partial(foretell, call, edit), sends, body=edit.body)
    if edit.settings:
        edit = replace(edit, pipe=await with_settings_to_journal(call.app, edit.pipe))
    course = course_for(call, edit)
    steps = steps_of(await call.app.client.requests(), edit, course)
    for write in steps.writes:  # before the first of them is sent
        check_request(call.app, write.request, write.pipe)
    way = Way(call, edit, course, steps)
    losses = await find_losses(call, edit)
    asks = _asks(call, edit, course, losses)
    is_managed = course.runs is not None
    changes = await changes_of(call, edit) if asks or is_managed else []
    if edit.is_empty or (is_managed and not changes_anything(changes)):
        return Prepared(None, partial(_answer_unchanged, way))
    impact = _impact_of(call, edit, course, losses, changes) if asks else None
    is_passing = impact is None and bool(call.arguments.pause_if_needed)
    return Prepared(impact, partial(_walk, way), sends, is_passing, edit.body)


async def _walk(way: Way) -> UpdateOutcome:
    return _answer_changed(way) if await way.walk() else _answer_unfinished(way)


async def _answer_unchanged(way: Way) -> UpdateOutcome:
    """Nothing to change; a call repeated after a break may still have to end it."""
    way.missing.clear()
    return UpdateOutcome(
        summary=f"“{name_of(way.edit)}” is as asked for already; nothing was sent.",
        clickpipe=pipe_views.row(way.pipe),
        next_actions=actions(*way.following()),
    )


def _answer_changed(way: Way) -> UpdateOutcome:
    edit, pipe = way.edit, way.pipe
    what = [*edit.body, *(["settings"] if edit.settings else [])]
    warnings = []
    is_broken = {state_named(one.state).stage for one in (edit.pipe, pipe)} == {Stage.BROKEN}
    if edit.touches_database and way.course.runs is None and not is_broken:
        warnings.append(
            "The API may resume the pipe by itself to apply this. Read its state before going on."
        )
    following = way.following()
    if following:
        warnings.append(f"The pipe is {pipe.state}, and not yet as it shall be left.")
    target: dict[str, object] = {"clickpipe": pipe.id}
    after = NextAction("get_clickpipe", "shows it as it is now", target)
    shown = f"it is {pipe.state}"
    if is_broken:
        shown = f"that is stored. The pipe is still {pipe.state} from before"
        after = NextAction("start_clickpipe", "tries again with what is stored now", target)
    return UpdateOutcome(
        summary=f"Changed “{clean(pipe.name, limit=80)}”: {', '.join(what)}; {shown}.",
        clickpipe=pipe_views.row(pipe),
        steps=way.rows if len(way.rows) > 1 else None,
        warnings=warnings,
        next_actions=actions(*(following or [after])),
    )


def _answer_unfinished(way: Way) -> UpdateOutcome:
    return UpdateOutcome(
        summary=f"Not done yet: “{name_of(way.edit)}” is still {way.pipe.state}; the change itself "
        "was not sent.",
        clickpipe=pipe_views.row(way.pipe),
        steps=way.rows,
        next_actions=actions(*way.following()),
    )


def _logs_in_anew(call: Call[UpdateArguments], edit: Edit) -> bool:
    return "credentials" in call.app.settings.ask_for and replaces_login(edit)


def _asks(
    call: Call[UpdateArguments], edit: Edit, course: Course, losses: Sequence[LossyChange]
) -> bool:
    loses = bool(edit.mappings(REMOVE) or losses or course.interrupts)
    return loses or _logs_in_anew(call, edit)


def _impact_of(
    call: Call[UpdateArguments],
    edit: Edit,
    course: Course,
    losses: Sequence[LossyChange],
    changes: Sequence[FieldChange],
) -> Impact:
    removed = edit.mappings(REMOVE)
    is_login_alone = not (removed or losses or course.interrupts)
    return impact_on(
        call,
        Found(edit.pipe, edit.beside),
        Operation.REPLACE_CREDENTIALS if is_login_alone else _operation_of(removed, losses),
        reduce(
            Consequences.joined_with,
            _consequences(edit, course, losses, logs_in_anew=_logs_in_anew(call, edit)),
        ),
        detail=" ".join(_tell_details(edit, course, losses, changes)),
        change=digest_of([edit.body, edit.settings], call.app.store_key),
    )


def _operation_of(removed: Sequence[object], losses: Sequence[object]) -> Operation:
    if removed:
        return Operation.REMOVE_TABLES_AND_CHANGE if losses else Operation.REMOVE_TABLES
    return Operation.CHANGE if losses else Operation.PAUSE_AND_CHANGE


def _consequences(
    edit: Edit, course: Course, losses: Iterable[LossyChange], *, logs_in_anew: bool
) -> Iterator[Consequences]:
    """What each part of an update loses."""
    if edit.mappings(REMOVE):
        yield consequences_of(Operation.REMOVE_TABLES, edit.spec.family, edit.spec.traces)
    for loss in dict.fromkeys(one.loss for one in losses):
        yield CHANGES[loss]
    if course.interrupts:
        yield paused_meanwhile(edit.spec.traces)
    if edit.mappings(ADD):
        yield TABLES_ADDED
    if edit.settings or "name" in edit.body or set(edit.source) - {ADD, REMOVE}:
        yield VALUES_SET
    if course.stops and not course.runs:
        yield LEFT_PAUSED
    if logs_in_anew:
        yield CREDENTIALS_REPLACED


def _tell_details(
    edit: Edit, course: Course, losses: Sequence[LossyChange], changes: Sequence[FieldChange]
) -> Iterator[str]:
    """What is special to this call, in words that stay the same while the person decides."""
    removed = edit.mappings(REMOVE)
    if removed:
        yield f"Tables removed: {_list(removed)}."
    added = edit.mappings(ADD)
    if added:
        yield f"Tables added: {_list(added)}. They are loaded in full."
        yield f"Costs: {'; '.join(costs.of_loading(edit.spec, 'loading the added tables'))}."
    told = tell_all(losses, (one for one in changes if _is_told_as_field(one)))
    if told:
        yield told
    if course.stops:
        yield f"To make the change, the pipe is paused; afterwards it {_say_end(course)}."
    elif course.interrupts:
        yield f"The API resumes an edited pipe to check it; afterwards it {_say_end(course)}."


def _is_told_as_field(change: FieldChange) -> bool:
    return change.verdict != Verdict.UNCHANGED and not change.field.startswith(MAPPINGS)


def _list(mappings: Sequence[Mapping[str, object]]) -> str:
    return ", ".join(cut([_say(mapping) for mapping in mappings], MOST_CHANGES))


def _say(mapping: Mapping[str, object]) -> str:
    """A mapping as `schema.table → target`."""
    source = ".".join(str(name) for key, name in mapping.items() if key.startswith("source"))
    return f"{quote_unless_plain(source, 120)} → {quote_unless_plain(str(mapping['targetTable']))}"


def _say_end(course: Course) -> str:
    return "runs again" if course.runs else "is paused"


def with_source_fields(published: JsonObject, sources: Collection[str]) -> JsonObject:
    """The published schema, with every field that some chosen kind of source can change.

    What is removed is told by its names alone; the rest is accepted but not shown.
    """
    changeable = {spec.key: spec.update for spec in SOURCES if spec.update is not None}
    chosen = [model for key, model in changeable.items() if key in sources]
    merged = with_merged(published, "source", chosen or list(changeable.values()))
    fields = merged["properties"]["source"]["properties"]
    if "table_mappings_to_remove" not in fields:
        return merged
    removed = fields["table_mappings_to_remove"]
    names = {
        name: schema
        for name, schema in removed["items"]["properties"].items()
        if name.startswith(("source_", "target_"))
    }
    items = {**removed["items"], "properties": names}
    return _with(merged, {**fields, "table_mappings_to_remove": {**removed, "items": items}})


def _with(published: JsonObject, fields: JsonObject) -> JsonObject:
    properties = published["properties"]
    source = {**properties["source"], "properties": fields}
    return {**published, "properties": {**properties, "source": source}}


UPDATE = ToolSpec(
    name="update_clickpipe",
    title="Update a ClickPipe",
    description="Change a pipe in place: name, credentials, connection, columns, mappings, tables. "
    "What is left out stays; dry_run tells what can change. Tables and settings of a database "
    "pipe change only while Paused. A person is asked where something may be lost: another place "
    "or way, other files, no TLS, dropped columns, mappings or tables, a pause.",
    toolset="pipes",
    effect=Effect.MIXED,
    arguments=UpdateArguments,
    view=UpdateOutcome,
    prepare=prepare_update,
    schema=with_source_fields,
)
TOOLS = (UPDATE,)
