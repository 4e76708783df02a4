"""Lists of pipes: of one service, or of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from clickpipes_mcp.cloud import PipeHead, PipeLine, Service
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import ClickPipesError, NextAction
from clickpipes_mcp.pipe_states import Health, StateName, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import source_called
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.source_names import SourceName
from clickpipes_mcp.tools.views import View, actions, rows_shown

PAGE = 25
MOST_SERVICES = 20
"""Services of which the pipes are listed in one call: each is a request."""


def _each(value: object) -> object:
    """One state, or several with commas, as a list of states."""
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


class ListArguments(ServiceArguments):
    """Which pipes to list."""

    service: str | None = Field(
        default=None, description="Id or name of the service; all services by default."
    )
    source: SourceName | None = Field(
        default=None, description="Only this source, such as kafka, or its type confluent."
    )
    health: Health | None = Field(
        default=None, description="By state; unhealthy is Failed, InternalError or Degraded."
    )
    state: Annotated[list[StateName], BeforeValidator(_each), Field(min_length=1)] | None = Field(
        default=None, description="Only pipes in one of these states."
    )
    name_contains: str | None = Field(default=None, description="Part of the name, in any case.")
    limit: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description=f"Rows on a page, 1 to 50; {PAGE} by default."
    )
    offset: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many rows to skip."
    )

    def fits(self, pipe: PipeLine) -> bool:
        """Whether a pipe passes every filter that was given."""
        if self.name_contains and self.name_contains.casefold() not in pipe.name.casefold():
            return False
        if self.state is not None and pipe.state not in self.state:
            return False
        if self.health is not None and state_named(pipe.state).health is not self.health:
            return False
        return self.source is None or _is_of(pipe.head, self.source)


def _is_of(pipe: PipeHead, source: str) -> bool:
    """Whether a pipe reads from a source that goes by this key or flavour."""
    wanted = source_called(source)
    if wanted is None or shown.spec_of(pipe) is not wanted:
        return False
    return source in (wanted.key, pipe.source_type)


class ListedPipe(shown.PipeRow):
    """One line of a list; with its service where the list has several."""

    service: str | None = None


class ServiceCount(BaseModel):
    """The pipes of one service that match, by state."""

    model_config = ConfigDict(frozen=True)

    service: str
    id: str
    clickpipes: int
    states: str


class PipeList(View):
    """A page of pipes and the shape of the whole."""

    clickpipes: list[ListedPipe]
    matching: int
    states: str
    services: list[ServiceCount] | None = None


async def list_clickpipes(call: Call[ListArguments]) -> PipeList:
    """One page, with totals over everything that matches."""
    wanted, client = call.arguments, call.app.client
    if wanted.service is None and call.app.settings.service_id is None:
        services = await client.services()
        if len(services) > 1:
            return await _of_services(call, services)
        if services:
            return _page(wanted, await client.pipe_lines(services[0].id))
    service = await find_service_id(call.app, wanted, as_known=True)
    return _page(wanted, await client.pipe_lines(service))


async def _of_services(call: Call[ListArguments], services: Sequence[Service]) -> PipeList:
    """The pipes of several services in one list, with a count for each service."""
    every: list[PipeLine] = []
    counts: list[ServiceCount] = []
    names: dict[str, str] = {}
    warnings: list[str] = []
    looked_at = services[:MOST_SERVICES]
    for number, service in enumerate(looked_at):
        await call.report(number, len(looked_at), "listing the ClickPipes of every service")
        name = names[service.id] = clean(service.name, limit=80)
        try:
            pipes = await call.app.client.pipe_lines(service.id)
        except ClickPipesError as error:
            if not counts and number + 1 == len(looked_at):
                raise
            warnings.append(
                f"The ClickPipes of {name} are not counted: {error.message.rstrip('.')}."
            )
            continue
        every += pipes
        matching = [pipe for pipe in pipes if call.arguments.fits(pipe)]
        counts.append(
            ServiceCount(
                service=name,
                id=service.id,
                clickpipes=len(matching),
                states=shown.states(matching),
            )
        )
    left_out = len(services) - len(looked_at)
    if left_out:
        warnings.append(
            f"{left_out} more services were not looked at. Name one of them as service."
        )
    page = _page(call.arguments, every, names)
    of_all = len(counts) != len(services)
    within = f"{len(counts)} of " * of_all + counted(len(services), "service")
    summary = f"{page.summary.removesuffix('.')} in {within}."
    return page.model_copy(update={"summary": summary, "services": counts, "warnings": warnings})


def _page(
    wanted: ListArguments, pipes: Sequence[PipeLine], services: Mapping[str, str] | None = None
) -> PipeList:
    """The page that is asked for; `services` are names by id, where several are listed."""
    matching = [pipe for pipe in pipes if wanted.fits(pipe)]
    start = wanted.offset or 0
    page = matching[start : start + (wanted.limit or PAGE)]
    following: list[NextAction] = []
    if page and start + len(page) < len(matching):
        asked = wanted.model_dump(exclude_none=True, mode="json")
        asked["offset"] = start + len(page)
        following.append(NextAction("list_clickpipes", "shows the next page", asked))
    following += [_look_into(pipe.head, services) for pipe in page if _is_unhealthy(pipe.head)][:1]
    of_all = len(matching) != len(pipes)
    told = f"{len(matching)} of " * of_all + counted(len(pipes), "ClickPipe")
    return PipeList(
        summary=f"{told}{rows_shown(start, len(page), len(matching))}.",
        clickpipes=[
            ListedPipe(**vars(shown.row(head)), service=(services or {}).get(head.service_id))
            for head in (pipe.head for pipe in page)
        ],
        matching=len(matching),
        states=shown.states(matching),
        next_actions=actions(*following),
    )


def _is_unhealthy(pipe: PipeHead) -> bool:
    return state_named(pipe.state).health is Health.UNHEALTHY


def _look_into(pipe: PipeHead, services: Mapping[str, str] | None) -> NextAction:
    look = shown.look_into(pipe.id)
    return (
        replace(look, arguments={"service": pipe.service_id, **look.arguments})
        if services
        else look
    )


LIST_CLICKPIPES = ToolSpec(
    name="list_clickpipes",
    title="List ClickPipes",
    description="List ClickPipes page by page, with a count by state and by service.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=ListArguments,
    view=PipeList,
    run=list_clickpipes,
)
TOOLS = (LIST_CLICKPIPES,)
