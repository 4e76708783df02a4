"""Looking at services and pipes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clickpipes_mcp.app import App
from clickpipes_mcp.contract import Request
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import StateName
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import (
    PipeArguments,
    ServiceArguments,
    find_pipe,
    find_service_id,
)
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions

PAGE = 25


class NoArguments(Request):
    """A tool without arguments."""


class ServiceRow(BaseModel):
    """One service of the organization."""

    model_config = ConfigDict(frozen=True)

    name: str
    id: str
    state: str
    provider: str
    region: str


class ServiceList(View):
    """The services a key can see."""

    services: list[ServiceRow]


async def list_services(call: Call[NoArguments]) -> ServiceList:
    """Services with what decides whether pipes can run in them."""
    services = await call.app.client.services()
    running = [service.id for service in services if service.is_running]
    resting = [service.name for service in services if service.state in ("idle", "stopped")]
    warnings = [
        f"{clean(name, limit=80)} is not running: pipes cannot be created there" for name in resting
    ]
    return ServiceList(
        summary=f"{len(services)} services.",
        services=[
            ServiceRow(
                name=clean(service.name, limit=80),
                id=service.id,
                state=service.state,
                provider=service.provider,
                region=service.region,
            )
            for service in services
        ],
        warnings=warnings,
        next_actions=actions(
            *(
                NextAction("list_clickpipes", "shows the pipes of a service", {"service": service})
                for service in running[:1]
            )
        ),
    )


class ListArguments(ServiceArguments):
    """Which pipes to list."""

    state: StateName | None = Field(default=None, description="Such as Failed.")
    name_contains: str | None = Field(default=None, description="Part of it.")
    limit: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description=f"Rows, 1 to 50; default {PAGE}."
    )
    offset: Annotated[int, Field(ge=0)] | None = Field(default=None, description="Rows to skip.")


class PipeList(View):
    """A page of pipes and the shape of the whole."""

    clickpipes: list[shown.PipeRow]
    matching: int
    states: str


async def list_clickpipes(call: Call[ListArguments]) -> PipeList:
    """One page, with totals over everything that matches."""
    wanted = call.arguments
    service = await find_service_id(call.app, wanted)
    pipes = await call.app.client.pipes(service)
    part = (wanted.name_contains or "").casefold()
    matching = [
        pipe
        for pipe in pipes
        if part in pipe.name.casefold() and wanted.state in (None, pipe.state)
    ]
    start, size = wanted.offset or 0, wanted.limit or PAGE
    page = matching[start : start + size]
    following: list[NextAction] = []
    if start + size < len(matching):
        asked = wanted.model_dump(exclude_none=True) | {"offset": start + size}
        following.append(NextAction("list_clickpipes", "the next page", asked))
    of_all = "" if len(matching) == len(pipes) else f" of {len(pipes)}"
    return PipeList(
        summary=f"{len(matching)}{of_all} ClickPipes{_rows(start, len(page), len(matching))}.",
        clickpipes=[shown.row(pipe) for pipe in page],
        matching=len(matching),
        states=shown.states(matching),
        next_actions=actions(*following),
    )


def _rows(start: int, shown: int, matching: int) -> str:
    """Which of the rows are shown, where these are not all."""
    if shown == matching:
        return ""
    return f", rows {start + 1} to {start + shown}" if shown else f", none after row {start}"


async def get_clickpipe(call: Call[PipeArguments]) -> shown.PipeView:
    """One pipe, freshly read."""
    found = await find_pipe(call.app, call.arguments)
    return shown.whole(await call.app.client.pipe(found.service_id, found.id))


async def describe(app: App, pipe_id: str) -> shown.PipeView | None:
    """The pipe of that id in whichever service it is; None where there is none."""
    pinned = app.settings.service_id
    services = [pinned] if pinned else [service.id for service in await app.client.services()]
    for service in services:
        for pipe in await app.client.pipes(service):
            if pipe.id == pipe_id.lower():
                return shown.whole(pipe)
    return None


LIST_SERVICES = ToolSpec(
    name="list_services",
    title="List services",
    description="List ClickHouse Cloud services with state and region.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=NoArguments,
    view=ServiceList,
    run=list_services,
)
LIST_CLICKPIPES = ToolSpec(
    name="list_clickpipes",
    title="List ClickPipes",
    description="List ClickPipes by page, with a count by state.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=ListArguments,
    view=PipeList,
    run=list_clickpipes,
)
GET_CLICKPIPE = ToolSpec(
    name="get_clickpipe",
    title="Get a ClickPipe",
    description="Show a ClickPipe: state, source, destination, scaling.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=PipeArguments,
    view=shown.PipeView,
    run=get_clickpipe,
)
TOOLS = (LIST_SERVICES, LIST_CLICKPIPES, GET_CLICKPIPE)
