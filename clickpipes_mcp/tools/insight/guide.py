"""How to prepare a source for a pipe."""

from typing import Literal, get_args

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.diagnosis import ServiceFacts
from clickpipes_mcp.errors import CallerError, InvalidArguments, NextAction, Problem
from clickpipes_mcp.guides import authentication, network, pitfalls, written
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.evidence.gathering import service_facts
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions

Topic = Literal["prerequisites", "network", "authentication", "pitfalls", "providers"]
TOPICS: tuple[str, ...] = get_args(Topic)
_GUIDES = {spec.key: spec for spec in SOURCES}


class GuideArguments(ServiceArguments):
    """Which guide."""

    source: str = Field(description="As in its create tool.")
    topic: Topic | None = Field(default=None, description="prerequisites unless given.")


class GuideView(View):
    """One topic of a guide."""

    guide: str
    topics: list[str]
    documentation: str


async def get_guide(call: Call[GuideArguments]) -> GuideView:
    """The topic asked for."""
    arguments = call.arguments
    spec = _GUIDES.get(arguments.source)
    if spec is None:
        place = call.form.spelled(("source",))
        raise InvalidArguments([Problem(place, "is not an allowed value", tuple(_GUIDES))])
    topic = arguments.topic or "prerequisites"
    topics = topics_of(spec)
    if topic not in topics:
        place = call.form.spelled(("topic",))
        raise InvalidArguments([Problem(place, "has no section in this guide", topics)])
    service = await _service(call.app, arguments) if topic == "network" else None
    return GuideView(
        summary=f"{spec.title}: {topic}.",
        guide=section(spec, topic, service),
        topics=[other for other in topics if other != topic],
        documentation=spec.documentation,
        next_actions=actions(
            NextAction(
                "get_source_guide",
                "the addresses to let in",
                {"source": spec.key, "topic": "network"},
            )
        )
        if topic == "prerequisites"
        else [],
    )


def topics_of(spec: SourceSpec) -> tuple[str, ...]:
    """The topics a source's guide has."""
    composed = ("network", "authentication", "pitfalls")
    return tuple(topic for topic in TOPICS if topic in composed or topic in written(spec.key))


def section(spec: SourceSpec, topic: str, service: ServiceFacts | None = None) -> str:
    """One topic of a guide as markdown."""
    if topic == "network":
        return network(spec, service)
    if topic == "authentication":
        return authentication(spec)
    if topic == "pitfalls":
        return pitfalls(spec)
    return written(spec.key)[topic]


async def _service(app: App, arguments: GuideArguments) -> ServiceFacts | None:
    try:
        service = await find_service_id(app, arguments)
    except CallerError:
        if arguments.service is not None:
            raise
        return None  # several services, and it was not said which
    return service_facts(await app.client.service(service))


GET_GUIDE = ToolSpec(
    name="get_source_guide",
    title="Get a source's guide",
    description="Show how to prepare a source: SQL, IAM, addresses, pitfalls.",
    toolset="insight",
    effect=Effect.READ,
    arguments=GuideArguments,
    view=GuideView,
    run=get_guide,
)
TOOLS = (GET_GUIDE,)
