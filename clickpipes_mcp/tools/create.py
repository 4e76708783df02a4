"""Creating pipes: one tool for each source, made from the registry of sources."""

from collections.abc import Sequence
from typing import Any

from pydantic import create_model

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.errors import ClickPipesError, Conflict, NextAction, NobodyYet
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import _pipe_views as shown
from clickpipes_mcp.tools._targets import ServiceArguments, service_id
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec
from clickpipes_mcp.tools._writes import DryRunArguments, Outcome, note_literals, planned, sent
from clickpipes_mcp.tools.views import View, actions

_BESIDE_THE_PIPE = frozenset({"service", "dryRun"})
_WITHIN_SOURCE = "validateSamples"


def create_body(spec: SourceSpec, arguments: Request) -> dict[str, SendableBody]:
    """The documented request body: the source under its arm, what was left out left out."""
    body = {key: value for key, value in arguments.body().items() if key not in _BESIDE_THE_PIPE}
    source: dict[str, SendableBody] = {spec.arm: body.pop("source")}
    if _WITHIN_SOURCE in body:
        source[_WITHIN_SOURCE] = body.pop(_WITHIN_SOURCE)
    return {"name": body.pop("name"), "source": source, **body}


async def _create(call: Call[Any], spec: SourceSpec) -> View:
    app = call.app
    service = await service_id(app, call.arguments)
    body = create_body(spec, call.arguments)
    name = str(body["name"])
    await _refuse_taken_name(call, service, name)
    note_literals(call, body)
    if call.is_dry_run:
        requests = await app.client.requests()
        return planned(
            requests.create_pipe(service, body), f"Would create the {spec.title} ClickPipe."
        )
    try:
        pipe = await sent(
            call,
            "create",
            lambda: app.client.create_pipe(service, body),
            service_id=service,
            name=name,
        )
    except NobodyYet as error:
        if not error.may_have_happened:
            raise
        pipe = await _found_after_all(call, service, name, error)
    return Outcome(
        summary=f"Created the ClickPipe “{clean(pipe.name, limit=80)}”; it is {pipe.state}.",
        clickpipe=shown.row(pipe),
        next_actions=actions(*shown.what_next(pipe)),
    )


async def _refuse_taken_name(call: Call[Any], service: str, name: str) -> None:
    """The API would make a second pipe of the same name; nobody wants that."""
    for pipe in await call.app.client.pipes(service):
        if pipe.name == name:
            target: dict[str, object] = {"clickpipe": pipe.id}
            raise Conflict(
                f"A ClickPipe of that name exists already ({pipe.id}, {pipe.state}). "
                "Nothing was sent.",
                fix="Use it, or choose another name.",
                next_actions=[NextAction("get_clickpipe", "shows the existing pipe", target)],
            )


async def _found_after_all(call: Call[Any], service: str, name: str, error: NobodyYet) -> Pipe:
    """The pipe, where the answer was lost but the request had arrived."""
    for pipe in await _listed_now(call, service, name, error):
        if pipe.name == name:
            call.warnings.append(
                "The API did not confirm the creation, but the pipe exists. It was not sent twice."
            )
            return pipe
    error.message += " No ClickPipe of that name is listed yet; it may still appear."
    error.next_actions = (_look_again(name),)
    raise error


async def _listed_now(call: Call[Any], service: str, name: str, error: NobodyYet) -> Sequence[Pipe]:
    """The pipes; where they cannot be listed either, the first error is still the one to tell."""
    try:
        return await call.app.client.pipes(service)
    except ClickPipesError:
        error.message += " The list of pipes could not be read either."
        error.next_actions = (_look_again(name),)
        raise error from None


def _look_again(name: str) -> NextAction:
    return NextAction(
        "list_clickpipes",
        "look again in a minute, before creating it again",
        {"name_contains": name},
    )


def create_tool(spec: SourceSpec) -> ToolSpec[Any]:
    """The create tool of one source."""
    arguments = create_model(
        f"{spec.create.__name__}Arguments",
        __base__=(DryRunArguments, ServiceArguments, spec.create),
    )

    async def run(call: Call[Any]) -> View:
        return await _create(call, spec)

    return ToolSpec(
        name=f"create_{spec.key}_clickpipe",
        title=f"Create a {spec.title} ClickPipe",
        description=spec.description,
        toolset="create",
        effect=Effect.WRITE,
        arguments=arguments,
        view=Outcome,
        run=run,
        rules=spec.rules,
        arm=spec.arm,
        source=spec.key,
    )


TOOLS = tuple(create_tool(spec) for spec in SOURCES)
