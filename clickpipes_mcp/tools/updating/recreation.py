"""What a new pipe would mean, where a change cannot be made in place."""

from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.consent import Operation, consequences_of
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.redaction import clean, is_secret_name
from clickpipes_mcp.tools.changes import REPLACED, UNKNOWN, FieldChange, Verdict, say
from clickpipes_mcp.tools.extent import Extent, extent_of
from clickpipes_mcp.tools.shared_tables import begins_anew, tell_new_pipe
from clickpipes_mcp.tools.updating.edits import Edit

_ELSEWHERE = frozenset({"destination.database", "destination.table"})
_BEGIN_ANEW: Mapping[Family, str] = {
    Family.STREAMING: "then delete_clickpipe",
    Family.OBJECT_STORAGE: "then delete_clickpipe",
    Family.DATABASE: "into other target tables, then delete_clickpipe; or after "
    "delete_clickpipe with the whole configuration, once the old tables are dropped",
}


def fixed_changes(edit: Edit) -> Iterator[FieldChange]:
    """The fields that only a new pipe can have otherwise."""
    live = {"source": edit.pipe.arm_body, "destination": edit.pipe.destination}
    for field, wanted in edit.fixed.items():
        secret = is_secret_name(field) or isinstance(wanted, dict)
        yield FieldChange(
            field=field,
            verdict=Verdict.RECREATE,
            before=say(_look_up(live, field)) or UNKNOWN,
            after=REPLACED if secret else say(wanted),
        )


def _look_up(live: Mapping[str, object], dotted: str) -> object:
    held: object = live
    for name in dotted.split("."):
        held = (
            next((value for key, value in held.items() if snake_case(key) == name), None)
            if isinstance(held, Mapping)
            else None
        )
    return held


def extent(edit: Edit) -> Extent:
    """What the new pipe would read."""
    return extent_of(edit.spec, _wanted(edit))


def _wanted(edit: Edit) -> Mapping[str, object]:
    """The source of the new pipe, as far as it is known, under the API's keys."""
    wanted: dict[str, object] = dict(edit.pipe.truth.arm_body)
    for dotted, value in edit.fixed.items():
        part, *parents, name = dotted.split(".")
        if part == "source":
            holder = wanted
            for parent in map(to_camel, parents):
                held = holder.get(parent)
                inner: dict[str, object] = dict(held) if isinstance(held, Mapping) else {}
                holder[parent] = inner
                holder = inner
            holder[to_camel(name)] = _under_api_keys(value)
    return wanted


def _under_api_keys(value: object) -> object:
    if isinstance(value, Mapping):
        return {to_camel(snake_case(key)): _under_api_keys(item) for key, item in value.items()}
    return value


def copying(edit: Edit) -> NextAction:
    """The create that copies the pipe; what changes and the secrets are still to be added."""
    return NextAction(
        f"create_{edit.spec.key}_clickpipe",
        "copies this pipe; add what changes, its secrets and a name",
        {
            "name": f"{clean(edit.pipe.name, limit=200)} (new)",
            "like": edit.pipe.id,
            "dry_run": True,
        },
    )


def effects(edit: Edit) -> list[str]:
    """What is lost and kept when the pipe is deleted and created anew."""
    consequences = consequences_of(Operation.DELETE, edit.spec.family, edit.spec.traces)
    way = (
        f"Needs a new pipe: create_{edit.spec.key}_clickpipe with like, what changes and its "
        f"secrets, {_BEGIN_ANEW[edit.spec.family]}. What it means to delete this one:"
    )
    return [way, *consequences.lines(), *_tell_twice(edit)]


def _tell_twice(edit: Edit) -> Iterator[str]:
    """What comes of a new pipe that fills the table of the old one."""
    wanted = _wanted(edit)
    if edit.spec.family is Family.DATABASE and not extent(edit).loads:
        yield "Rows that exist already are not loaded: only changes from then on arrive."
    if _ELSEWHERE & edit.fixed.keys():
        return
    is_anew = begins_anew(edit.spec, wanted)
    if is_anew and edit.spec.family is Family.DATABASE:
        yield tell_new_pipe(edit.spec)
    elif any(f"source.{name}" in edit.fixed for name in edit.spec.reads):
        yield "In the same table, its rows would stand beside those of this pipe."
    elif is_anew:
        yield tell_new_pipe(edit.spec)
    else:
        yield "In the same table, what both pipes read while both run arrives twice."
