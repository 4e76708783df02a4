"""Creating pipes: one tool for each source, made from the registry of sources."""

from typing import Any

from pydantic import create_model

from clickpipes_mcp.cloud import Pipe, holds_secrets
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.errors import NobodyYet
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import _pipe_views as shown
from clickpipes_mcp.tools._adoption import (
    OPERATION,
    Wanted,
    existing,
    found_after_all,
    made_by_another,
)
from clickpipes_mcp.tools._attempts import gives_way, settled_attempts
from clickpipes_mcp.tools._plans import planned_creation
from clickpipes_mcp.tools._targets import ServiceArguments, service_id
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec
from clickpipes_mcp.tools._writes import (
    DryRunArguments,
    Outcome,
    announced,
    answered,
    note_literals,
)
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
    wanted = Wanted(service, str(body["name"]), body, spec)
    if call.is_dry_run:
        return await _planned(call, wanted)
    async with app.client.alone(f"create {service} {wanted.name}"):
        settled = settled_attempts(call, wanted.attempt)
        pipe = await existing(call, wanted)
        if pipe is not None:
            return _adopted(call, wanted, pipe)
        intent = announced(call, OPERATION, service_id=service, name=wanted.name)
        if gives_way(call, wanted.attempt, intent, settled):
            return _adopted(call, wanted, await made_by_another(call, wanted))
        note_literals(call, body)
        return _created(await _made(call, wanted, intent))


async def _planned(call: Call[Any], wanted: Wanted) -> View:
    pipe = await existing(call, wanted)
    if pipe is not None:
        return _adopted(call, wanted, pipe)
    note_literals(call, wanted.body)
    requests = await call.app.client.requests()
    request = requests.create_pipe(wanted.service_id, wanted.body)
    return planned_creation(request, wanted.spec, wanted.body)


async def _made(call: Call[Any], wanted: Wanted, intent: JournalEntry) -> Pipe:
    client = call.app.client
    try:
        return await answered(
            call, intent, lambda: client.create_pipe(wanted.service_id, wanted.body)
        )
    except NobodyYet as error:
        if not error.may_have_happened:
            raise
        return await found_after_all(call, wanted, error)


def _created(pipe: Pipe) -> Outcome:
    return Outcome(
        summary=f"Created the ClickPipe “{clean(pipe.name, limit=80)}”; it is {pipe.state}.",
        clickpipe=shown.row(pipe),
        next_actions=actions(*shown.what_next(pipe)),
    )


def _adopted(call: Call[Any], wanted: Wanted, pipe: Pipe) -> Outcome:
    if holds_secrets(wanted.body):
        call.warnings.append("Its credentials were not compared: the API never returns them.")
    return Outcome(
        summary=f"The ClickPipe “{clean(pipe.name, limit=80)}” exists already as asked for and "
        f"was adopted; it is {pipe.state}. Nothing was sent.",
        clickpipe=shown.row(pipe),
        next_actions=actions(*shown.what_next(pipe)),
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
