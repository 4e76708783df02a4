"""How to prepare a source for a pipe."""

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Service
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import CallerError, InvalidArguments, NextAction, Problem
from clickpipes_mcp.guides import written
from clickpipes_mcp.guides.authentication import authentication
from clickpipes_mcp.guides.network import network
from clickpipes_mcp.guides.pitfalls import pitfalls
from clickpipes_mcp.guides.service_role import PLACEHOLDER, with_service_role
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.evidence.gathering import service_facts
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.source_names import SourceChoice
from clickpipes_mcp.tools.views import View, actions

Topic = Literal["prerequisites", "network", "authentication", "pitfalls", "providers"]
TOPICS: tuple[str, ...] = get_args(Topic)


class GuideArguments(ServiceArguments):
    """Which guide."""

    source: SourceChoice = Field(description="Kind of source, as in its create tool.")
    topic: Topic | None = Field(
        default=None, description="What about it; prerequisites by default."
    )


class GuideView(View):
    """One topic of a guide."""

    guide: str
    topics: list[str]
    documentation: str


async def get_guide(call: Call[GuideArguments]) -> GuideView:
    """Answer one topic of the guide of a source."""
    arguments = call.arguments
    spec = source_named(arguments.source)
    topic = arguments.topic or "prerequisites"
    topics = topics_of(spec)
    if topic not in topics:
        place = call.form.spelled(("topic",))
        raise InvalidArguments([Problem(place, "has no section in this guide", topics)])
    guide = section(spec, topic)
    service = None
    if topic == "network" or PLACEHOLDER in guide:
        service = await _service(call.app, arguments)
        guide = section(spec, topic, service)
    return GuideView(
        summary=f"This is the topic {topic} of the {spec.title} guide.",
        guide=guide,
        topics=[other for other in topics if other != topic],
        documentation=spec.documentation,
        next_actions=actions(*_next(spec, topic, arguments.source)),
    )


def _next(spec: SourceSpec, topic: str, name: str) -> Iterator[NextAction]:
    if topic != "prerequisites":
        return
    yield NextAction(
        "get_source_guide",
        "lists the addresses that the source must let in",
        {"source": spec.key, "topic": "network"},
    )
    if name != spec.key and "providers" in topics_of(spec):
        yield NextAction(
            "get_source_guide",
            "tells what is particular to a provider",
            {"source": spec.key, "topic": "providers"},
        )


def topics_of(spec: SourceSpec) -> tuple[str, ...]:
    """The topics a source's guide has."""
    composed = ("network", "authentication", "pitfalls")
    return tuple(topic for topic in TOPICS if topic in composed or topic in written(spec.key))


def section(spec: SourceSpec, topic: str, service: Service | None = None) -> str:
    """One topic of a guide as markdown; with a service, what is particular to it."""
    if topic == "network":
        return network(spec, service_facts(service) if service else None)
    if topic == "pitfalls":
        return pitfalls(spec)
    text = authentication(spec) if topic == "authentication" else written(spec.key)[topic]
    return with_service_role(text, service.iam_role if service else None)


async def _service(app: App, arguments: GuideArguments) -> Service | None:
    try:
        service = await find_service_id(app, arguments, as_known=True)
    except CallerError:
        if arguments.service is not None:
            raise
        return None  # several services, and it was not said which
    return await app.client.service(service)


GET_GUIDE = ToolSpec(
    name="get_source_guide",
    title="Get a source's guide",
    description="Show how to prepare a source for ClickPipes: SQL, IAM, addresses, pitfalls.",
    toolset="insight",
    effect=Effect.READ,
    arguments=GuideArguments,
    view=GuideView,
    run=get_guide,
)
TOOLS = (GET_GUIDE,)
