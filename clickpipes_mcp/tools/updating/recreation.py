"""What a new pipe would mean, where a change cannot be made in place."""

from collections.abc import Iterator, Mapping

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.consent import CONSEQUENCES, Operation
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.redaction import clean, is_secret_name
from clickpipes_mcp.tools.changes import REPLACED, UNKNOWN, FieldChange, Verdict, say
from clickpipes_mcp.tools.extent import Extent, extent_of
from clickpipes_mcp.tools.shared_tables import ARRIVES_AGAIN, tell_ways
from clickpipes_mcp.tools.updating.edits import Edit

_ELSEWHERE = frozenset({"destination.database", "destination.table"})
_MODE = "source.settings.replication_mode"
_BEGIN_ANEW: Mapping[Family, str] = {
    Family.STREAMING: "then delete_clickpipe; while both run, rows arrive twice",
    Family.OBJECT_STORAGE: "then delete_clickpipe; it reads every matching file again",
    Family.DATABASE: "into other target tables, or after delete_clickpipe and dropping the old "
    "ones; it loads everything again",
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
    mode = edit.fixed.get(_MODE)
    now = edit.pipe.truth.arm_body
    settings = now.get("settings")
    held = settings if isinstance(settings, Mapping) else {}
    wanted = {**held, "replicationMode": mode} if isinstance(mode, str) else held
    return extent_of(edit.spec, {**now, "settings": wanted})


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
    consequences = CONSEQUENCES[Operation.DELETE][edit.spec.family]
    way = (
        f"Needs a new pipe: create_{edit.spec.key}_clickpipe with like, what changes and its "
        f"secrets, {_BEGIN_ANEW[edit.spec.family]}. What it means to delete this one:"
    )
    return [way, *consequences.lines(), *_tell_twice(edit)]


def _tell_twice(edit: Edit) -> Iterator[str]:
    """What comes of a new pipe that fills the table of the old one."""
    if _ELSEWHERE & edit.fixed.keys():
        return
    if any(f"source.{name}" in edit.fixed for name in edit.spec.reads):
        yield "In the same table, its rows would stand beside those of this pipe."
        return
    yield (
        f"In the same table, {ARRIVES_AGAIN[edit.spec.family]} arrives a second time. "
        f"{tell_ways(edit.spec)}"
    )
