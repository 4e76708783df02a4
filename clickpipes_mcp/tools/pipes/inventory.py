"""Looking at services and pipes."""

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Request
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, find_pipe
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions


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
    """The services with their state, which decides whether pipes can run in them."""
    services = await call.app.client.services()
    running = [service.id for service in services if service.is_running]
    resting = [service.name for service in services if service.state in ("idle", "stopped")]
    warnings = [
        f"{clean(name, limit=80)} is not running, so no pipe can be created there."
        for name in resting
    ]
    return ServiceList(
        summary=f"{counted(len(services), 'service')}.",
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


async def get_clickpipe(call: Call[PipeArguments]) -> shown.PipeView:
    """One pipe, freshly read."""
    return shown.whole(await find_pipe(call.app, call.arguments, as_known=True))


async def describe(app: App, pipe_id: str) -> shown.PipeView | None:
    """The pipe of that id in whichever service it is; None where there is none."""
    pipe = await find_by_id(app, pipe_id)
    return None if pipe is None else shown.whole(pipe)


async def find_by_id(app: App, pipe_id: str) -> Pipe | None:
    """The pipe of that id in whichever service it is; None where there is none."""
    pinned = app.settings.service_id
    services = [pinned] if pinned else [service.id for service in await app.client.services()]
    for service in services:
        for pipe in await app.client.pipes(service):
            if pipe.id == pipe_id.lower():
                return pipe
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
TOOLS = (LIST_SERVICES, GET_CLICKPIPE)
