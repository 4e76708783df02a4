"""What the steps of a plan would do, cost and lose, told for many pipes at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import anyio.lowlevel

from clickpipes_mcp.cloud import Pipe, Scaling
from clickpipes_mcp.code.comparison import Comparison
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.ssh_keys import PIPE_FIELD
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools.changes import (
    ChangeOutcome,
    FieldChange,
    Verdict,
    object_changes,
    say,
)
from clickpipes_mcp.tools.code.nested import Step, call_within
from clickpipes_mcp.tools.code.planning import Planned, Standing, update_arguments
from clickpipes_mcp.tools.code.room import Room, tell_cut
from clickpipes_mcp.tools.code.unseen import unseen_changes
from clickpipes_mcp.tools.creating.preview import costs_of_creating, effects_of_creating
from clickpipes_mcp.tools.dry_run import Outcome
from clickpipes_mcp.tools.pipes.commands import tell_costs, tell_effects
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.tuning.scaling import scaling_effects
from clickpipes_mcp.tools.updating import recreation
from clickpipes_mcp.tools.updating.edits import Edit

MOST_READ_AGAIN: Final = 4
"""Of the pipes whose look costs a request: the API shows their columns, or a tunnel, apart."""


class PlannedChange(FieldChange):
    """A change of a field of one pipe."""

    clickpipe: str = ""


class _Notes:
    """What is true of pipes, once for all of which it is true."""

    def __init__(self) -> None:
        self._pipes: dict[str, dict[str, None]] = {}

    def add(self, pipe: str, told: Iterable[str]) -> None:
        for one in told:
            self._pipes.setdefault(one, {})[quote(pipe)] = None

    def __len__(self) -> int:
        return len(self._pipes)

    def tell(self, room: Room) -> Iterator[str]:
        """As many as there is room for."""
        for told, pipes in list(self._pipes.items())[: room.told]:
            yield f"{room.list_names([*pipes])}: {told}"


class Outlook:
    """What is told of a plan, gathered pipe by pipe."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.changes: list[PlannedChange] = []
        self._unread: list[str] = []
        self._effects, self._costs, self._warnings = _Notes(), _Notes(), _Notes()
        self._reads = 0
        self._has_prices = False

    @property
    def effects(self) -> list[str]:
        return [*self._effects.tell(self._room)]

    @property
    def costs(self) -> list[str]:
        prices = [costs.LIST_PRICES] if self._has_prices else []
        return [*self._costs.tell(self._room), *prices]

    @property
    def warnings(self) -> Iterator[str]:
        yield from self._warnings.tell(self._room)
        notes = {"effects": self._effects, "costs": self._costs, "warnings": self._warnings}
        for things, one in notes.items():
            yield from tell_cut(self._room.told, len(one), things)
        yield from tell_cut(self._room.changes, len(self.changes), "differing fields")
        if self._unread:
            yield (
                f"To spare requests, it was not looked at what is done to "
                f"{self._room.list_names(self._unread)}: plan these in a file of their own."
            )

    async def look_at(self, call: Call[Any], one: Planned) -> None:
        """What would be done to a pipe, and what of that is refused."""
        await anyio.lowlevel.checkpoint()
        if one.standing is Standing.MISSING:
            await self._creation(call, one)
        elif one.standing is Standing.SHARED_NAME:
            self._warnings.add(one.name, ["Several pipes have that name: none is compared."])
        elif one.standing is Standing.DIFFERENT and one.pipe and one.document:
            self._fields(one, one.pipe)
            self._size(one, one.pipe)
            self._commands(one, one.pipe)
            await self._update(call, one, one.pipe, one.document)

    def _may_read(self, one: Planned) -> bool:
        """Whether a look at it costs no request, or may cost one."""
        if not _takes_a_request(one):
            return True
        self._reads += 1
        if self._reads <= MOST_READ_AGAIN:
            return True
        self._unread.append(quote(one.name))
        return False

    async def _creation(self, call: Call[Any], one: Planned) -> None:
        """A create; where it is refused as yet, such as for want of a secret, all the same."""
        (step,) = one.steps
        is_told = self._may_read(one) and await self._try(call, one, step)
        if not is_told and one.document:
            spec, paused = one.document.spec, {"startPaused": step.arguments.get("start_paused")}
            self._effects.add(one.name, effects_of_creating(spec, one.document.body | paused))
            self._add_costs(one, costs_of_creating(spec, one.document.body))

    def _fields(self, one: Planned, pipe: Pipe) -> None:
        found = one.comparison
        size = pipe.scaling.model_dump(by_alias=True) if pipe.scaling else {}
        wanted = ScalingRequest.model_validate(found.size).body()
        changes = list(object_changes(size, wanted, Verdict.IN_PLACE, "scaling"))
        changes += [
            FieldChange(field=path, verdict=Verdict.RECREATE, before="set", after="absent")
            for path in found.unset
        ]
        changes += [
            FieldChange(
                field=f"source.table_mappings ({clean(table.replace('|', '.'), limit=100)})",
                verdict=Verdict.RECREATE,
                after="a mapping cannot be edited",
            )
            for table in found.remapped
        ]
        if found.stop or found.start:
            changes.append(
                FieldChange(
                    field="stopped",
                    verdict=Verdict.IN_PLACE,
                    before=say(not found.stop and found.start),
                    after=say(found.stop),
                )
            )
        self._add(one, changes)

    def _size(self, one: Planned, pipe: Pipe) -> None:
        if one.comparison.size and one.document:
            wanted = ScalingRequest.model_validate(one.comparison.size)
            self._effects.add(one.name, scaling_effects(one.document.spec))
            self._add_costs(one, costs.of_scaling(pipe.scaling or Scaling(), wanted))

    def _commands(self, one: Planned, pipe: Pipe) -> None:
        found = one.comparison
        for is_due, command in ((found.start, "start"), (found.stop, "stop")):
            if is_due and not found.needs_new:
                self._effects.add(one.name, tell_effects(pipe, command))
                self._add_costs(one, tell_costs(pipe, command))

    async def _update(self, call: Call[Any], one: Planned, pipe: Pipe, document: Document) -> None:
        """What an update says in a dry run of all that differs, changeable or not."""
        found = one.comparison
        if found.needs_new and not found.fixed:
            self._recreation(one, pipe, document)
        arguments = _merged(found.update, found.fixed)
        if not arguments:
            return
        pauses = update_arguments(document, found).get("pause_if_needed")
        about = {"service": pipe.service_id, "clickpipe": pipe.id}
        given = {**about, **arguments, **({"pause_if_needed": True} if pauses else {})}
        is_told = self._may_read(one) and await self._try(
            call, one, Step("update_clickpipe", one.name, given, "")
        )
        if not is_told:
            self._add(one, [*unseen_changes(one)])

    def _recreation(self, one: Planned, pipe: Pipe, document: Document) -> None:
        edit = Edit(pipe, document.spec, fixed=_fixed(one.comparison))
        self._effects.add(one.name, recreation.effects(edit))
        self._add_costs(one, costs.of_ingesting(document.spec, recreation.extent(edit)))

    async def _try(self, call: Call[Any], one: Planned, step: Step) -> bool:
        """Tell what a dry run of a step says; False where it is refused."""
        try:
            nested = call_within(call, step, dry_run=True, listed=one.listed)
            view = await nested.run()
        except ClickPipesError as error:
            self._warnings.add(one.name, [_refused(error)])
            return False
        self._warnings.add(one.name, nested.warnings)
        if isinstance(view, ChangeOutcome):
            changes = view.changes or []
            self._add(one, [c for c in changes if c.verdict != Verdict.UNCHANGED])
        if isinstance(view, Outcome):
            self._effects.add(one.name, view.effects or ())
            self._add_costs(one, view.costs or ())
        return True

    def _add(self, one: Planned, changes: Sequence[FieldChange]) -> None:
        name = clean(one.name, limit=80)
        self.changes += [
            PlannedChange(**change.model_dump() | {"clickpipe": name}) for change in changes
        ]

    def _add_costs(self, one: Planned, told: Iterable[str]) -> None:
        listed = list(told)
        self._has_prices |= costs.LIST_PRICES in listed
        self._costs.add(one.name, (each for each in listed if each != costs.LIST_PRICES))


def _takes_a_request(one: Planned) -> bool:
    if one.pipe is None:
        return one.document is not None and PIPE_FIELD in one.document.arguments["source"]
    names_columns = {"destination", "field_mappings"} & one.comparison.update.keys()
    return bool(names_columns) and not one.pipe.truth.destination.get("columns")


def _fixed(found: Comparison) -> dict[str, object]:
    tables = {"source.table_mappings": None} if found.remapped else {}
    return {**dict.fromkeys(found.unset), **tables}


def _refused(error: ClickPipesError) -> str:
    fields = "; ".join(f"{p.path} {p.message}" for p in error.problems[:5])
    told = fields or error.message
    return f"The call would be refused: {told.rstrip('.')}."


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for name, value in other.items():
        held = merged.get(name)
        both = isinstance(held, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(held, value) if both and held is not None else value
    return merged
