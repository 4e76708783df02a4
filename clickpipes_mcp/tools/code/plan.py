"""A file held against a service: what a person would have to know before it is applied."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import anyio.to_thread
from pydantic import Field

from clickpipes_mcp.cloud import Scaling
from clickpipes_mcp.code.documents import Document, read_documents
from clickpipes_mcp.errors import ClickPipesError, NextAction
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.schema_shape import REFERENCE
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.changes import (
    FieldChange,
    Verdict,
    object_changes,
    say,
)
from clickpipes_mcp.tools.code.nested import Step, call_within
from clickpipes_mcp.tools.code.planning import (
    Planned,
    PlanRow,
    Standing,
    plan,
    row,
    update_arguments,
)
from clickpipes_mcp.tools.code.unseen import unseen_changes
from clickpipes_mcp.tools.dry_run import Outcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.updating.plans import UpdateOutcome
from clickpipes_mcp.tools.views import View, actions

NOTHING: Final = "Nothing to do"
MOST_ROWS: Final = 50
MOST_CHANGES: Final = 60
MOST_LOOKED_AT: Final = 4
"""Of the pipes that differ: each costs two requests more."""


class FileArguments(ServiceArguments):
    """The content of a file, in our own form."""

    content: str = Field(
        min_length=1,
        repr=False,
        description="YAML or JSON: a document for each pipe with kind (as in "
        "create_KIND_clickpipe), that tool's arguments, and stopped. export_clickpipe with format "
        "yaml writes one.",
        json_schema_extra={REFERENCE: True},
    )


async def read(content: str) -> list[Document]:
    """The pipes of a file; a long one takes seconds, in which others are answered.

    Raises:
        InvalidArguments: It is no such file.
    """
    return await anyio.to_thread.run_sync(read_documents, content)


class PlannedChange(FieldChange):
    """A change of a field of one pipe."""

    clickpipe: str = ""


class PlanView(View):
    """Every pipe, every field that differs, and what it would mean."""

    clickpipes: list[PlanRow]
    changes: list[PlannedChange] | None = None
    effects: list[str] | None = None
    costs: list[str] | None = None

    @property
    def is_something_to_do(self) -> bool:
        return any(one.takes or one.stands == Standing.SHARED_NAME for one in self.clickpipes)


async def show_plan(call: Call[FileArguments]) -> PlanView:
    """Compare, and look at what the first few changes would do."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    planned = await plan(call.app, service, await read(call.arguments.content))
    told = _Told()
    for one in planned:
        await told.look_at(call, one)
    told.tell_rest(planned)
    told.tell_cut(planned)
    rows = [row(one) for one in planned if one.standing is not Standing.EQUAL]
    return PlanView(
        summary=summary_of(planned),
        clickpipes=rows[:MOST_ROWS],
        changes=told.changes[:MOST_CHANGES] or None,
        effects=list(dict.fromkeys(told.effects)) or None,
        costs=list(dict.fromkeys(told.costs)) or None,
        warnings=list(dict.fromkeys(told.warnings)),
        next_actions=actions(*_following(planned)),
    )


def summary_of(planned: Sequence[Planned]) -> str:
    """How many stand how; first whether there is anything to do."""
    counts = [f"{sum(one.standing is kind for one in planned)} {kind}" for kind in Standing]
    shown = ", ".join(one for one in counts if not one.startswith("0 "))
    is_done = not any(one.steps or one.needs_new for one in planned)
    is_clear = not any(one.standing is Standing.SHARED_NAME for one in planned)
    return f"{NOTHING if is_done and is_clear else 'There is something to do'}: {shown}."


def _following(planned: Sequence[Planned]) -> Iterator[NextAction]:
    for one in planned:
        if one.needs_new and one.pipe is not None:
            yield NextAction("get_clickpipe", "shows the pipe", {"clickpipe": one.pipe.id})
            return


class _Told:
    """What is told of a plan, gathered pipe by pipe."""

    def __init__(self) -> None:
        self.changes: list[PlannedChange] = []
        self.effects: list[str] = []
        self.costs: list[str] = []
        self.warnings: list[str] = []
        self._looks = 0

    async def look_at(self, call: Call[Any], one: Planned) -> None:
        """What would be done to a pipe, and what of that is refused."""
        if one.standing is Standing.MISSING:
            self._creation(call, one)
        elif one.standing is Standing.SHARED_NAME:
            self.warnings.append(f"Several pipes are named {quote(one.name)}: none is compared.")
        elif one.standing is Standing.DIFFERENT:
            self._fields(one)
            if self._looks < MOST_LOOKED_AT:
                self._looks += 1
                await self._update(call, one)
            else:
                self._add(one, [*unseen_changes(one)])

    def _creation(self, call: Call[Any], one: Planned) -> None:
        (step,) = one.steps
        try:
            nested = call_within(call, step, dry_run=True)
            self.warnings += [f"{quote(one.name)}: {told}" for told in nested.warnings]
        except ClickPipesError as error:
            self.warnings.append(_refused(one, error))

    def _fields(self, one: Planned) -> None:
        found, pipe, document = one.comparison, one.pipe, one.document
        if pipe is None or document is None:
            return
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
        if found.size:
            self.costs += costs.of_scaling(
                pipe.scaling or Scaling(), ScalingRequest.model_validate(found.size)
            )
        self._add(one, changes)

    async def _update(self, call: Call[Any], one: Planned) -> None:
        """What an update says in a dry run of all that differs, changeable or not."""
        found, pipe = one.comparison, one.pipe
        arguments = _merged(found.update, found.fixed)
        if not arguments or pipe is None or one.document is None:
            return
        pauses = (
            {"pause_if_needed": True}
            if "pause_if_needed" in update_arguments(one.document, found)
            else {}
        )
        about = {"service": pipe.service_id, "clickpipe": pipe.id}
        step = Step("update_clickpipe", one.name, {**about, **arguments, **pauses}, "")
        try:
            view = await call_within(call, step, dry_run=True).run()
        except ClickPipesError as error:
            self.warnings.append(_refused(one, error))
            self._add(one, [*unseen_changes(one)])
            return
        if isinstance(view, UpdateOutcome):
            changes = view.changes or []
            self._add(one, [c for c in changes if c.verdict != Verdict.UNCHANGED])
        if isinstance(view, Outcome):
            self.effects += [f"{quote(one.name)}: {told}" for told in view.effects or ()]
            self.costs += view.costs or []

    def _add(self, one: Planned, changes: Sequence[FieldChange]) -> None:
        name = clean(one.name, limit=80)
        self.changes += [
            PlannedChange(**change.model_dump() | {"clickpipe": name}) for change in changes
        ]

    def tell_rest(self, planned: Sequence[Planned]) -> None:
        """What was not looked at."""
        differing = sum(one.standing is Standing.DIFFERENT for one in planned)
        if differing > MOST_LOOKED_AT:
            self.warnings.append(
                f"What the changes do is shown of {MOST_LOOKED_AT} pipes of {differing}; plan the "
                "others in a file of their own."
            )
        if any(one.standing in (Standing.EQUAL, Standing.DIFFERENT) for one in planned):
            self.warnings.append(
                "Secrets are not compared, nor is what the API never returns: a new password in "
                "the file is no change."
            )

    def tell_cut(self, planned: Sequence[Planned]) -> None:
        """What the answer leaves out to stay short."""
        rows = sum(one.standing is not Standing.EQUAL for one in planned)
        for most, count, things in (
            (MOST_ROWS, rows, "pipes"),
            (MOST_CHANGES, len(self.changes), "differing fields"),
        ):
            if count > most:
                self.warnings.append(
                    f"Only {most} of {count} {things} are shown; plan the others in a file of "
                    "their own before applying this one."
                )


def _refused(one: Planned, error: ClickPipesError) -> str:
    fields = "; ".join(f"{p.path} {p.message}" for p in error.problems[:5])
    told = fields or error.message
    return f"{quote(one.name)}: The call would be refused: {told.rstrip('.')}."


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for name, value in other.items():
        held = merged.get(name)
        both = isinstance(held, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(held, value) if both and held is not None else value
    return merged


PLAN = ToolSpec(
    name="plan_clickpipes",
    title="Plan ClickPipes",
    description="Show what a file of pipes would change in a service: missing, equal, different "
    "field by field, not in the file; what changes in place, what needs a pause or a new pipe, and "
    "what that loses and costs. Nothing is sent.",
    toolset="code",
    effect=Effect.READ,
    arguments=FileArguments,
    view=PlanView,
    run=show_plan,
)
TOOLS = (PLAN,)
