"""The last change taken back, as far as the journal tells what was there before."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.comparison import Comparison, compare
from clickpipes_mcp.code.create_arguments import Body, add_secrets, known_part, part_model
from clickpipes_mcp.code.declaration import is_at_rest
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import CallerError, Conflict, NextAction
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.journal import DONE, JournalEntry
from clickpipes_mcp.journal_entry import name_shown
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.sources import SETTING_DEFAULTS, source_of
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.code.apply import ApplyView, prepare_steps
from clickpipes_mcp.tools.code.nested import Step
from clickpipes_mcp.tools.code.planning import update_arguments
from clickpipes_mcp.tools.code.selection import with_settings
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.pipe_views import moment
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec

_NO_WAY_BACK: Final[Mapping[str, str]] = {
    "resync": "The rows were loaded again, and what stood in the tables by hand is gone.",
    "create": "A pipe that was created is taken away by delete_clickpipe, which asks a person.",
}


class UndoArguments(ConfirmedArguments, DryRunArguments, ServiceArguments):
    """Whose last change."""

    clickpipe: Text | None = Field(
        default=None, description="Id or name; the pipe that was changed last by default."
    )


async def prepare_undo(call: Call[UndoArguments]) -> Prepared:
    """Find the last change in the journal, and the calls that take it back."""
    service = await find_service_id(call.app, call.arguments)
    last = _last_change(call, service)
    what = f"{last.operation} of {quote(name_shown(last.name or ''))} at {moment(last.time)}"
    if last.operation in _NO_WAY_BACK:
        raise Conflict(f"This cannot be undone: {what}. {_NO_WAY_BACK[last.operation]}")
    pipes = await call.app.client.pipes(service)
    pipe = next((one for one in pipes if one.truth.id == last.clickpipe_id), None)
    if pipe is None:
        raise _offer_again(last, what, service)
    steps = await _steps(call, last, pipe)
    if not steps:
        return Prepared(None, partial(_answer_as_it_was, what))
    call.warnings.append(
        f"Takes back: {what}. What somebody else changed of the same since goes back too."
    )
    return await prepare_steps(call, steps)


async def _answer_as_it_was(what: str) -> ApplyView:
    return ApplyView(summary=f"Nothing to do: it is as it was before {what}.")


def _last_change(call: Call[UndoArguments], service: str) -> JournalEntry:
    """The last write of this server that took effect, with what was there before it.

    Raises:
        CallerError: There is none, or nobody knows how it ended.
    """
    wanted = call.arguments.clickpipe
    intents: dict[str, JournalEntry] = {}
    found: JournalEntry | None = None
    for entry in call.app.journal.entries_with_before():
        if entry.phase == "intent":
            intents[entry.id] = entry
            continue
        begun = intents.pop(entry.id, entry)
        if entry.outcome == DONE and _is_meant(call, entry, service, wanted):
            found = replace(begun, clickpipe_id=entry.clickpipe_id or begun.clickpipe_id)
    if found is None:
        raise CallerError(
            "The journal tells of no change of this server that took effect there.",
            fix="Change it back with update_clickpipe. The operator switches the journal on with "
            "CLICKPIPES_JOURNAL.",
        )
    return found


def _is_meant(
    call: Call[UndoArguments], entry: JournalEntry, service: str, wanted: str | None
) -> bool:
    if entry.service_id != service or not entry.clickpipe_id:
        return False
    if entry.principal not in (None, call.principal):
        return False
    return wanted in (None, entry.clickpipe_id, name_shown(entry.name or ""))


async def _steps(call: Call[UndoArguments], last: JournalEntry, pipe: Pipe) -> list[Step]:
    about: dict[str, object] = {"service": pipe.service_id, "clickpipe": pipe.id}
    name = pipe.truth.name
    if last.operation == "stop":
        return [Step("start_clickpipe", name, about, "starts it")] if is_at_rest(pipe) else []
    if last.operation == "start":
        return [] if is_at_rest(pipe) else [Step("stop_clickpipe", name, about, "stops it")]
    before = last.before or {}
    spec = source_of(pipe.truth.arm, pipe.truth.source_type)
    if spec is None or not before or before.get("shortened"):
        raise Conflict(
            f"What {quote(name)} was before is not in the journal, or not in full.",
            fix="Change it back with update_clickpipe.",
        )
    if last.operation == "update settings":
        held = (await with_settings(call.app, pipe.model_copy(update={"settings": {}}))).settings
        wanted = {**SETTING_DEFAULTS, **_object(before.get("settings"))}
        changed = {key: wanted[key] for key, value in held.items() if _differs(wanted, key, value)}
        step = Step("update_clickpipe_settings", name, {**about, "settings": changed}, "sets them")
        return [step] if changed else []
    document = Document(1, spec, _arguments(before, spec))
    found = compare(document, pipe, rests=is_at_rest(pipe))
    if last.operation == "scale":
        return [Step("scale_clickpipe", name, {**about, **found.size}, "resizes it")] * bool(
            found.size
        )
    _check_way_back(found, name)
    arguments = update_arguments(document, found)
    if before.get("name") not in (None, name):
        arguments["name"] = before["name"]
    return [Step("update_clickpipe", name, {**about, **arguments}, "changes it back")] * bool(
        arguments
    )


def _differs(wanted: Mapping[str, object], key: str, value: object) -> bool:
    return key in wanted and wanted[key] != value


def _check_way_back(found: Comparison, name: str) -> None:
    if found.needs_new:
        fields = [*found.unset, *found.fixed, *found.remapped]
        raise Conflict(
            f"{quote(name)} cannot go back in place: {', '.join(fields)}.",
            fix="Only a new pipe can be as it was: create one with like, then delete this one.",
        )


def _arguments(before: Mapping[str, object], spec: SourceSpec) -> Body:
    """The create of a pipe as it was."""
    source = _object(_object(before.get("source")).get(spec.arm))
    found: Body = {
        "name": str(before.get("name", "")),
        "source": known_part(part_model(spec, "source"), source, None),
        "destination": known_part(
            part_model(spec, "destination"), _object(before.get("destination")), None
        ),
    }
    mappings = before.get("fieldMappings")
    if isinstance(mappings, list) and "field_mappings" in spec.create.model_fields:
        model = part_model(spec, "field_mappings")
        found["field_mappings"] = [known_part(model, _object(one), None) for one in mappings]
    size = _object(before.get("scaling"))
    if size and "scaling" in spec.create.model_fields:
        found["scaling"] = known_part(part_model(spec, "scaling"), size, None)
    return found


def _offer_again(last: JournalEntry, what: str, service: str) -> Conflict:
    """What comes nearest to a pipe that is gone: a create of the same."""
    before = last.before or {}
    arm, body = next(iter(_object(before.get("source")).items()), ("", {}))
    kind = _object(body).get("type")
    spec = source_of(arm, kind if isinstance(kind, str) else None)
    if spec is None or before.get("shortened"):
        return Conflict(f"The pipe is gone: {what}.", fix="Create it anew.")
    arguments = _arguments(before, spec)
    secrets = [".".join(path) for path in add_secrets(arguments, spec)]
    named = f" Its secrets have to be given: {', '.join(secrets)}." if secrets else ""
    begins = "; ".join(one.advice for one in spec.beginnings)
    return Conflict(
        f"A pipe that is gone does not come back: {what}. The nearest is a new one.{named}",
        fix="Ask the person, then create it. It reads from the beginning, unless it is given "
        f"{begins}. What the table holds stays."
        if begins
        else "Ask the person, then create it: it reads everything again.",
        next_actions=[
            NextAction(
                f"create_{spec.key}_clickpipe",
                "shows the new pipe first",
                {"service": service, **arguments, "dry_run": True},
            )
        ],
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


UNDO = ToolSpec(
    name="undo_last_change",
    title="Undo the last change",
    description="Change a pipe back to what it was before this server's last change of it: name, "
    "columns, mappings, tables, settings, size, stopped or running. What has no way back says why "
    "and what comes nearest; a deleted pipe is offered as a new create.",
    toolset="code",
    effect=Effect.MIXED,
    arguments=UndoArguments,
    view=ApplyView,
    prepare=prepare_undo,
)
TOOLS = (UNDO,)
