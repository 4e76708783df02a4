"""What a write would change of something that exists, field by field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, JsonValue

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import Pipe, fit_to_show
from clickpipes_mcp.redaction import clean, is_secret_name
from clickpipes_mcp.secret_refs import Secret, SendableBody
from clickpipes_mcp.tools.dry_run import Outcome, as_dry_run, preview
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import cut
from clickpipes_mcp.tools.writes import Write

MOST_CHANGES = 25
MOST_TEXT = 100
MAPPINGS = "source.table_mappings"
REPLACED = "will be replaced"
UNKNOWN = "not shown by the API"

_BY_DELTA = {"tableMappingsToAdd": "added", "tableMappingsToRemove": "removed"}


class Verdict(StrEnum):
    """How a field can change."""

    IN_PLACE = "in place"
    PAUSED = "needs the pipe paused"
    RECREATE = "recreate"
    UNCHANGED = "unchanged"


class FieldChange(BaseModel):
    """One field: how it can change, what it is and what it would be."""

    model_config = ConfigDict(frozen=True)

    field: str
    verdict: str
    before: str | None = None
    after: str | None = None


class ChangeOutcome(Outcome):
    """What a change did, or in a dry run would do to what is there."""

    changes: list[FieldChange] | None = None


def is_same(one: object, other: object) -> bool:
    """Whether two values mean the same to the API, which writes some of them differently.

    The API returns lists in an order of its own. No list whose order matters can be changed.
    """
    return _plain(one) == _plain(other)


def _plain(value: object) -> object:
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return ("flag", value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    return value


def say(value: object, limit: int = MOST_TEXT) -> str | None:
    """A value in at most so many characters; None where there is none."""
    if _plain(value) is None:
        return None
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return clean(text, limit=limit)


def say_held(field: str, value: object, limit: int = MOST_TEXT) -> str | None:
    """The same of the true value of a field, which is not fit to be shown."""
    return say(fit_to_show(cast("JsonValue", value), field.rpartition(".")[2]), limit)


def change(
    field: str, before: object, after: object, verdict: Verdict, limit: int = MOST_TEXT
) -> FieldChange:
    """One field, whose `before` is the true value; what stays as it is says so."""
    if is_same(before, after):
        return FieldChange(field=field, verdict=Verdict.UNCHANGED, after=say(after, limit))
    shown = say_held(field, before, limit) or UNKNOWN
    return FieldChange(field=field, verdict=verdict, before=shown, after=say(after, limit))


def object_changes(
    live: Mapping[str, object],
    sent: Mapping[str, SendableBody],
    verdict: Verdict,
    at: str = "",
    *,
    limit: int = MOST_TEXT,
) -> Iterator[FieldChange]:
    """The fields of an object that is sent in part; what is left out stays."""
    for key, argument in sent.items():
        field = f"{at}.{snake_case(key)}" if at else snake_case(key)
        held = live.get(key)
        plain = argument.plain if isinstance(argument, Secret) else None
        value = argument if plain is None else plain
        if isinstance(value, Secret) or (is_secret_name(key) and value is not None):
            yield FieldChange(field=field, verdict=verdict, after=REPLACED)
        elif isinstance(value, dict):
            below = held if isinstance(held, dict) else {}
            yield from object_changes(below, value, verdict, field, limit=limit)
        else:
            yield change(field, held, value, verdict, limit)


def source_changes(
    pipe: Pipe, sent: Mapping[str, SendableBody], pausing: frozenset[str]
) -> Iterator[FieldChange]:
    """What of a source changes; `pausing` names the API's keys that need the pipe paused."""
    for key, value in sent.items():
        verdict = Verdict.PAUSED if key in pausing else Verdict.IN_PLACE
        if key in _BY_DELTA and isinstance(value, list):
            yield from _mapping_changes(value, _BY_DELTA[key], verdict)
        else:
            yield from object_changes(pipe.truth.arm_body, {key: value}, verdict, "source")


def _mapping_changes(
    mappings: Sequence[SendableBody], what: str, verdict: Verdict
) -> Iterator[FieldChange]:
    for mapping in mappings:
        if isinstance(mapping, dict):
            name = clean(mapping_name(mapping), limit=MOST_TEXT)
            ends = {"before": name} if what == "removed" else {"after": name}
            yield FieldChange(field=f"{MAPPINGS} ({what})", verdict=verdict, **ends)


def mapping_name(mapping: Mapping[str, object]) -> str:
    """`public.orders -> orders`."""
    parts = [str(value) for key, value in mapping.items() if key.startswith("source") and value]
    return f"{'.'.join(parts)} -> {mapping.get('targetTable')}"


def list_changes(
    at: str,
    live: Sequence[Mapping[str, object]],
    sent: Sequence[SendableBody],
    key: str,
    value: str,
) -> Iterator[FieldChange]:
    """A list that replaces the one before, told apart by `key`; its order says nothing."""
    before = {str(item.get(key)): item.get(value) for item in live}
    after = {str(item.get(key)): item.get(value) for item in sent if isinstance(item, dict)}
    names = [*after, *(name for name in before if name not in after)]
    changes = [
        FieldChange(
            field=f"{at}.{clean(name, limit=MOST_TEXT)}",
            verdict=Verdict.IN_PLACE,
            before=say_held("", before.get(name)) or "absent",
            after=say(after.get(name)) or "absent",
        )
        for name in names
        if not is_same(before.get(name), after.get(name))
    ]
    kept = len(names) - len(changes)
    yield from changes
    if kept:
        yield FieldChange(field=at, verdict=Verdict.UNCHANGED, after=f"{kept} stay")


def cap(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """As many as an answer has room for."""
    return [
        FieldChange(field=one, verdict="") if isinstance(one, str) else one
        for one in cut(changes, MOST_CHANGES)
    ]


def changes_anything(changes: Sequence[FieldChange]) -> bool:
    """Whether any field would end up different."""
    return any(one.verdict != Verdict.UNCHANGED for one in changes)


def show_change(
    call: Call[Any],
    write: Write[object],
    summary: str,
    held: Mapping[str, object],
    *,
    effects: list[str],
    costs: list[str] | None = None,
) -> ChangeOutcome:
    """The answer of a dry run: the request, and what it would change of what is held."""
    return ChangeOutcome(
        summary=as_dry_run(summary),
        request=preview(call, write),
        changes=list(object_changes(held, write.request.body or {}, Verdict.IN_PLACE)),
        effects=effects,
        costs=costs,
    )
