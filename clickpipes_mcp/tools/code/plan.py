"""A file held against a service: what a person would have to know before it is applied."""

from collections.abc import Iterator, Sequence
from typing import Final

import anyio.to_thread
from pydantic import Field

from clickpipes_mcp.code.documents import Document, read_documents
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.schema_shape import REFERENCE
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.code.outlook import Outlook, PlannedChange
from clickpipes_mcp.tools.code.planning import (
    Planned,
    PlanRow,
    Standing,
    plan,
    row,
)
from clickpipes_mcp.tools.code.room import SHORT, Room, tell_cut
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions

NOTHING: Final = "Nothing to do"


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


class PlanView(View):
    """Every pipe, every field that differs, and what it would mean."""

    clickpipes: list[PlanRow]
    changes: list[PlannedChange] | None = None
    effects: list[str] | None = None
    costs: list[str] | None = None

    @property
    def is_something_to_do(self) -> bool:
        return any(one.takes or one.stands == Standing.SHARED_NAME for one in self.clickpipes)


async def show_plan(call: Call[FileArguments], room: Room = SHORT) -> PlanView:
    """Compare, and look at what the steps would do."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    planned = await plan(call.app, service, await read(call.arguments.content))
    told = Outlook(room)
    for one in planned:
        await told.look_at(call, one)
    rows = [row(one) for one in planned if one.standing is not Standing.EQUAL]
    return PlanView(
        summary=summary_of(planned),
        clickpipes=rows[: room.rows],
        changes=told.changes[: room.changes] or None,
        effects=told.effects or None,
        costs=told.costs or None,
        warnings=[
            *told.warnings,
            *_of_all(planned),
            *tell_cut(room.rows, len(rows), "pipes"),
        ],
        next_actions=actions(*_following(planned)),
    )


def summary_of(planned: Sequence[Planned]) -> str:
    """How many stand how; first whether there is anything to do."""
    if not planned:
        return f"{NOTHING}: there is no pipe in the file, and none in the service."
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


def _of_all(planned: Sequence[Planned]) -> Iterator[str]:
    """What the answer leaves out, whatever the pipes are."""
    if any(one.standing in (Standing.EQUAL, Standing.DIFFERENT) for one in planned):
        yield (
            "Secrets are not compared, nor is what the API never returns: a new password in the "
            "file is no change."
        )


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
