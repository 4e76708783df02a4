"""What an update may lose, held against the pipe as it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.source_facts import Loss
from clickpipes_mcp.tools.changes import (
    REPLACED,
    FieldChange,
    Verdict,
    list_changes,
    object_changes,
)
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.destination_edits import find_columns
from clickpipes_mcp.tools.updating.edits import Edit
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.views import cut

_ABSENT: Final = "absent"
_CUT: Final = "…"
"""At the end of a text that is not shown in full."""

_MOST_TOLD: Final = 25
_MOST_AGREED: Final = 4_000
"""Characters of a value that a person agrees to: all of them, or it is not asked."""

_LISTS: Final = ("destination.columns", "field_mappings")


@dataclass(frozen=True)
class LossyChange:
    """A change of a field, told in words, and what it may lose."""

    loss: Loss
    told: str


async def find_losses(call: Call[UpdateArguments], edit: Edit) -> tuple[LossyChange, ...]:
    """The changes that a person has to agree to, because rows or protection may be lost."""
    return (*_of_source(edit), *await _of_tables(call, edit))


def tell_all(losses: Iterable[LossyChange], changes: Iterable[FieldChange]) -> str:
    """Every change in a sentence, those that lose something first; empty where there is none."""
    told = dict.fromkeys(
        (*(one.told for one in losses), *(_tell(one, within=_list_of(one)) for one in changes))
    )
    return f"Changes: {'; '.join(cut(list(told), _MOST_TOLD))}." if told else ""


def _list_of(change: FieldChange) -> str:
    """The list an entry of which changes, where it is one: the entry bears a name of others."""
    return next((at for at in _LISTS if change.field.startswith(f"{at}.")), "")


def _of_source(edit: Edit) -> Iterator[LossyChange]:
    live = edit.pipe.truth.arm_body
    for key, value in edit.source.items():
        loss = edit.spec.losses.get(snake_case(key))
        if loss is None or (loss is Loss.PROTECTION and value is False):
            continue
        for change in object_changes(
            live, {key: value}, Verdict.IN_PLACE, "source", limit=_MOST_AGREED
        ):
            if change.verdict != Verdict.UNCHANGED:
                _check_shown(change)
                yield LossyChange(loss, _tell(change))


def _check_shown(change: FieldChange) -> None:
    """Refuse what a person would agree to without having seen all of it."""
    if any(text and text.endswith(_CUT) for text in (change.before, change.after)):
        raise InvalidArguments(
            [
                Problem(
                    change.field,
                    f"is longer than the {_MOST_AGREED:,} characters that a person can be shown "
                    "who has to agree to it",
                )
            ]
        )


async def _of_tables(call: Call[UpdateArguments], edit: Edit) -> Iterable[LossyChange]:
    destination, mappings = edit.body.get("destination"), edit.body.get("fieldMappings")
    columns = destination.get("columns") if isinstance(destination, dict) else None
    if not isinstance(columns, list) and not isinstance(mappings, list):
        return ()
    live = await find_columns(call, edit.pipe)
    found: list[LossyChange] = []
    if isinstance(columns, list):
        found += _of_list(Loss.COLUMNS, "destination.columns", live, columns, ("name", "type"))
    if isinstance(mappings, list):
        keys = ("destinationField", "sourceField")
        before = _mappings_in_force(edit.pipe, live)
        found += _of_list(Loss.MAPPINGS, "field_mappings", before, mappings, keys)
    return found


def _mappings_in_force(
    pipe: Pipe, columns: list[Mapping[str, object]]
) -> list[Mapping[str, object]]:
    """The field mappings of a pipe: where it has none, columns take the fields of their names."""
    names = [column.get("name") for column in columns]
    return [*pipe.truth.field_mappings] or [
        {"sourceField": name, "destinationField": name} for name in names
    ]


def _of_list(
    loss: Loss,
    at: str,
    live: list[Mapping[str, object]],
    sent: list[SendableBody],
    keys: tuple[str, str],
) -> Iterator[LossyChange]:
    if not live:
        yield LossyChange(loss, f"{at}, of which the API does not show the present ones")
        return
    for change in list_changes(at, live, sent, *keys):
        if change.verdict != Verdict.UNCHANGED and change.before != _ABSENT:
            yield LossyChange(loss, _tell(change, within=at))


def _tell(change: FieldChange, within: str = "") -> str:
    """`source.host from “a” to “b”`."""
    name = change.field
    if within:
        name = f"{within} {quote(change.field.removeprefix(f'{within}.'))}"
    if change.after == _ABSENT:
        return f"{name} is dropped"
    if change.after == REPLACED:
        return f"{name} {REPLACED}"
    if change.before == _ABSENT:
        return f"{name} is added"
    before = f" from {_whole(change.before)}" if change.before else ""
    return f"{name}{before} to {_whole(change.after) if change.after else 'nothing'}"


def _whole(value: str) -> str:
    return quote(value, limit=_MOST_AGREED)
