"""The last change taken back, as far as the journal tells what was there before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.asked_fields import as_asked, asked_fields, said
from clickpipes_mcp.code.comparison import Comparison, compare
from clickpipes_mcp.code.create_arguments import Body, add_secrets, known_part, part_model
from clickpipes_mcp.code.declaration import is_at_rest
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import CallerError, Conflict, NextAction
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.journal_entry import name_shown
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.sources import SETTING_DEFAULTS, source_of
from clickpipes_mcp.tools.addressing import ServiceArguments, find_in, find_service_id, match
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.code.apply import ApplyView, prepare_steps
from clickpipes_mcp.tools.code.last_change import LastChange, Sought, last_change
from clickpipes_mcp.tools.code.nested import Step
from clickpipes_mcp.tools.code.planning import update_arguments
from clickpipes_mcp.tools.code.rehearsal import RehearsedView, rehearse
from clickpipes_mcp.tools.deletions import DELETION
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.pipe_settings import with_settings
from clickpipes_mcp.tools.pipe_views import moment
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec


@dataclass(frozen=True)
class _Nearest:
    """Why something has no way back, and the tool that comes nearest to one."""

    why: str
    tool: str = ""
    about: str = ""
    """The argument that names the thing."""


_ASKS: Final = "which asks a person"
_NO_WAY_BACK: Final[Mapping[str, _Nearest]] = {
    "resync": _Nearest("The rows were loaded again, and what stood in the tables by hand is gone."),
    "create": _Nearest(
        f"A pipe that was created is taken away by delete_clickpipe, {_ASKS}.",
        "delete_clickpipe",
        "clickpipe",
    ),
    "update CDC scaling": _Nearest(
        "The journal does not tell the size from before; give it to update_cdc_scaling.",
        "get_cdc_scaling",
    ),
    "create private endpoint": _Nearest(
        f"delete_private_endpoint takes it away, {_ASKS}.", "list_private_endpoints"
    ),
    "update private endpoint": _Nearest(
        "The journal does not tell its names from before; give them to update_private_endpoint.",
        "list_private_endpoints",
    ),
    "delete private endpoint": _Nearest(
        "create_private_endpoint makes a new one, which the owner of its target may have to accept."
    ),
    "create SSH key": _Nearest(f"delete_ssh_key takes it away, {_ASKS}.", "list_ssh_keys"),
    "validate SSH key": _Nearest("Its login was tried, and that is all.", "list_ssh_keys"),
    "delete SSH key": _Nearest(
        "create_ssh_key makes a new one; its public key has to be put on the bastion anew."
    ),
}
"""By the journal's word for it."""


class UndoArguments(ConfirmedArguments, DryRunArguments, ServiceArguments):
    """Whose last change."""

    clickpipe: Text | None = Field(
        default=None, description="Id or name; the pipe that was changed last by default."
    )


_NEEDED: Final = {"settings": "update settings", "scaling": "scale"}
"""What the journal has to tell of a pipe before it was changed, by what it was changed by."""

_HIDDEN: Final = (
    "Logins, certificates and whatever else no read shows stay as they are now: give the old ones "
    "to update_clickpipe."
)


async def prepare_undo(call: Call[UndoArguments]) -> Prepared:
    """Find the last change in the journal, and the calls that take it back."""
    service = await find_service_id(call.app, call.arguments)
    pipes = await call.app.client.pipes(service)
    change = _find(call, service, pipes)
    last = change.last
    about = f" of {quote(name_shown(last.name))}" if last.name else ""
    what = f"{change.operation}{about} at {moment(last.time)}"
    if change.operation in _NO_WAY_BACK:
        raise _without_way_back(what, change, _NO_WAY_BACK[change.operation])
    pipe = next((one for one in pipes if one.truth.id == last.clickpipe_id), None)
    if pipe is None or (change.operation == DELETION and change.is_certain):
        raise _offer_again(last, what, service)
    if change.operation == DELETION:
        raise Conflict(
            f"Nobody knows whether this took effect: {what}. The pipe is there.",
            fix="Look at it again in a moment.",
            next_actions=[NextAction("get_clickpipe", "shows it", {"clickpipe": pipe.id})],
        )
    steps = await _steps(call, change, pipe)
    if not steps:
        return Prepared(None, partial(_answer_as_it_was, what))
    call.warnings.append(f"Takes back: {what}. Whatever else was changed since stays as it is.")
    if "update" in change.operations:
        call.warnings.append(_HIDDEN)
    if call.is_dry_run:
        return Prepared(None, partial(rehearse, call, steps))
    return await prepare_steps(call, steps)


async def _answer_as_it_was(what: str) -> ApplyView:
    return ApplyView(
        summary=f"Nothing to do: as far as the API shows it, all is as it was before {what}.",
        warnings=[_HIDDEN] if what.startswith("update of") else [],
    )


def _find(call: Call[UndoArguments], service: str, pipes: Sequence[Pipe]) -> LastChange:
    """The last call of this server that changed something there.

    Raises:
        UnknownPipe: Several pipes have the name.
        CallerError: There is none.
    """
    wanted = call.arguments.clickpipe
    ids = [one.truth.id for one in match(pipes, wanted)] if wanted else []
    if wanted and len(ids) > 1:
        find_in(pipes, wanted)
    sought = Sought(service, call.principal, call.app.settings.called, wanted, ids)
    found = last_change(call.app.journal.entries_with_before(), sought)
    if found is None:
        raise CallerError(
            "The journal tells of no change of this server that took effect there."
            if call.app.journal.is_kept
            else "No journal is kept, as by default on the simulator, so nothing tells the last "
            "change.",
            fix="Change it back with update_clickpipe. The operator switches the journal on with "
            "CLICKPIPES_JOURNAL.",
        )
    return found


def _without_way_back(what: str, change: LastChange, nearest: _Nearest) -> Conflict:
    own = change.last.clickpipe_id
    about: dict[str, object] = {nearest.about: own} if nearest.about and own else {}
    is_usable = nearest.tool and bool(about) == bool(nearest.about)
    doubt = "" if change.is_certain else " Nobody knows whether it took effect."
    return Conflict(
        f"This cannot be undone: {what}. {nearest.why}{doubt}",
        fix="To take back the last change of a pipe, name the pipe in clickpipe.",
        next_actions=[NextAction(nearest.tool, "comes nearest", about)] if is_usable else [],
    )


async def _steps(call: Call[UndoArguments], change: LastChange, pipe: Pipe) -> list[Step]:
    about: dict[str, object] = {"service": pipe.service_id, "clickpipe": pipe.id}
    name = pipe.truth.name
    if change.operation == "stop":
        return [Step("start_clickpipe", name, about, "starts it")] if is_at_rest(pipe) else []
    if change.operation == "start":
        return [] if is_at_rest(pipe) else [Step("stop_clickpipe", name, about, "stops it")]
    before = change.before
    spec = source_of(pipe.sent.arm, pipe.sent.source_type)
    needed = [part for part, operation in _NEEDED.items() if operation in change.operations]
    is_told = before and change.asked and not before.get("shortened")
    if spec is None or not is_told or not before.keys() >= {*needed}:
        raise Conflict(
            f"What {quote(name)} was before is not in the journal, or not in full.",
            fix="Change it back with update_clickpipe.",
        )
    settings = await _settings(call, change, pipe) if "settings" in needed else {}
    document, found = _compared(change, pipe, spec)
    if change.operation == "scale":
        return [Step("scale_clickpipe", name, {**about, **found.size}, "resizes it")] * bool(
            found.size
        )
    if change.operations == {"update settings"}:
        arguments = {**about, "settings": settings}
        step = Step("update_clickpipe_settings", name, arguments, "sets them")
        return [step] if settings else []
    steps = _update(found, document, settings, change, about, name)
    return [*steps, *_state(change, before, pipe, about)]


def _compared(change: LastChange, pipe: Pipe, spec: SourceSpec) -> tuple[Document, Comparison]:
    """The pipe beside what it was, in what the change asked for alone.

    Raises:
        Conflict: Some of it is neither as it was nor as the change left it, or is not shown yet.
    """
    asked, before = change.asked, change.before
    if "scaling" in asked and not (pipe.scaling and pipe.scaling.replicas):
        raise Conflict(
            f"The size of {quote(pipe.truth.name)} is not shown while it settles.",
            fix="Nothing was sent. Call this again in a moment.",
        )
    fields, rests = asked_fields(asked, spec), is_at_rest(pipe)
    was = Document(1, spec, _arguments(before, spec))
    left = Document(1, spec, _arguments(as_asked(before, asked, spec), spec))
    found = compare(was, pipe, rests=rests, within=fields)
    others = found.differing & compare(left, pipe, rests=rests, within=fields).differing
    names = {before.get("name"), asked.get("name"), None}
    if "name" in fields and names.isdisjoint({pipe.name, pipe.truth.name}):
        others |= {"name"}
    _check_still_ours(map(said, others), pipe)
    return was, found


def _check_still_ours(others: Iterable[str], pipe: Pipe) -> None:
    changed = sorted(others)
    if changed:
        raise Conflict(
            f"Somebody changed the same of {quote(pipe.truth.name)} since: {', '.join(changed)}. "
            "Nothing was sent.",
            fix="Show the person what it is now, and change what shall be otherwise with "
            "update_clickpipe.",
            next_actions=[NextAction("get_clickpipe", "shows it", {"clickpipe": pipe.id})],
        )


def _update(
    found: Comparison,
    document: Document,
    settings: Mapping[str, object],
    change: LastChange,
    about: Mapping[str, object],
    name: str,
) -> list[Step]:
    _check_way_back(found, name)
    arguments = update_arguments(document, found)
    if settings:
        arguments["settings"] = settings
    was_called = change.before.get("name")
    if "name" in change.asked and was_called not in (None, name):
        arguments["name"] = was_called
    step = Step("update_clickpipe", name, {**about, **arguments}, "changes it back")
    return [step] if arguments else []


async def _settings(call: Call[UndoArguments], change: LastChange, pipe: Pipe) -> dict[str, object]:
    """The settings that were changed and are otherwise than they were, as they were.

    Raises:
        Conflict: One is neither as it was nor as the change left it.
    """
    held = (await with_settings(call.app, pipe.model_copy(update={"settings": {}}))).settings
    wanted = {**SETTING_DEFAULTS, **_object(change.before.get("settings"))}
    asked = _object(change.asked.get("settings"))
    differing = {key for key in asked if key in held and _differs(wanted, key, held[key])}
    others = [f"settings.{key}" for key in differing if _differs(asked, key, held[key])]
    _check_still_ours(others, pipe)
    return {key: wanted[key] for key in held if key in differing}


def _state(
    change: LastChange, before: Mapping[str, object], pipe: Pipe, about: Mapping[str, object]
) -> Iterator[Step]:
    """Stopped or running, where the call that is taken back changed that."""
    if change.operations.isdisjoint({"stop", "start"}):
        return
    was_at_rest = is_at_rest(pipe.model_copy(update={"state": before.get("state")}))
    if was_at_rest and not is_at_rest(pipe):
        yield Step("stop_clickpipe", pipe.truth.name, about, "stops it")
    elif is_at_rest(pipe) and not was_at_rest:
        yield Step("start_clickpipe", pipe.truth.name, about, "starts it")


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
    view=RehearsedView,
    prepare=prepare_undo,
)
TOOLS = (UNDO,)
