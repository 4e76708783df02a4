"""Creating pipes: one tool for each source, made from the registry of sources."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import create_model

from clickpipes_mcp.cloud import Pipe, holds_secrets
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.errors import RefusedByApi
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.ssh_keys import PIPE_FIELD, active_key
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.adoption import adopt, journaled_name, write_for
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.attempts import before_sending, create_once
from clickpipes_mcp.tools.creating.adoption import WantedPipe, digest_of_hidden
from clickpipes_mcp.tools.creating.copying import (
    CopyArguments,
    LikeArguments,
    complete,
    with_like,
)
from clickpipes_mcp.tools.creating.preview import show_creation
from clickpipes_mcp.tools.dry_run import DryRunArguments, Outcome
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.secret_recipients import sent_secrets
from clickpipes_mcp.tools.shared_tables import Filling, tell_shared
from clickpipes_mcp.tools.source_proposals import propose_look, repeat_source
from clickpipes_mcp.tools.views import MOST_NEXT_ACTIONS, View, actions

_BESIDE_THE_PIPE = frozenset({"service", "dryRun", "confirmationToken", "like"})
_WITHIN_SOURCE = "validateSamples"


def create_body(spec: SourceSpec, arguments: Request) -> dict[str, SendableBody]:
    """The documented request body: the source under its arm, what was left out left out."""
    body = {key: value for key, value in arguments.body().items() if key not in _BESIDE_THE_PIPE}
    source: dict[str, SendableBody] = {spec.arm: body.pop("source")}
    if _WITHIN_SOURCE in body:
        source[_WITHIN_SOURCE] = body.pop(_WITHIN_SOURCE)
    return {"name": body.pop("name"), "source": source, **body}


async def _create(
    call: Call[Any],
    spec: SourceSpec,
    body: dict[str, SendableBody],
    listed: Sequence[Pipe] | None,
) -> View:
    """Create it once, or show what that would send.

    `listed` are the pipes as they were just listed. A dry run reads no other list; before anything
    is sent, the list is read where no other call can create meanwhile.
    """
    client = call.app.client
    service = await find_service_id(call.app, call.arguments)
    digest = digest_of_hidden(call, body, spec)
    name = str(body["name"])
    wanted = WantedPipe(service, name, body, spec, journaled_name(call, name), digest)
    write = write_for(wanted, (await client.requests()).create_pipe(service, body))

    async def look() -> Pipe | None:
        return adopt(call, wanted, await client.pipes(service))

    async def first() -> Pipe | None:
        known = (listed or call.known_pipes) if call.is_dry_run else None
        pipes = await client.pipes(service) if known is None else known
        found = adopt(call, wanted, pipes)
        if found is None:
            call.warnings += tell_shared(call.app.journal, _filling(spec, body), pipes)
            await _check_tunnel(call, service)
        return found

    if call.is_dry_run:
        with before_sending():
            found = await first()
        return _answer_adopted(call, wanted, found) if found else show_creation(call, write, spec)
    try:
        made = await create_once(call, wanted, write, look, first=first)
    except RefusedByApi as error:
        error.next_actions = (
            *propose_look(spec, repeat_source(call.arguments.source)),
            *error.next_actions,
        )[:MOST_NEXT_ACTIONS]
        raise
    return _answer_created(made.thing) if made.is_new else _answer_adopted(call, wanted, made.thing)


def _filling(spec: SourceSpec, body: Mapping[str, SendableBody]) -> Filling:
    """What a create body fills, and from where."""
    source, destination = body["source"], body["destination"]
    within = source[spec.arm] if isinstance(source, dict) else None
    return Filling(
        spec,
        within if isinstance(within, dict) else {},
        destination if isinstance(destination, dict) else {},
    )


async def _check_tunnel(call: Call[Any], service: str) -> None:
    """Check that the key of a tunnel can be used; costs a request only where one is named.

    Raises:
        InvalidArguments: The service has no such key, or it is not active.
    """
    if getattr(call.arguments.source, PIPE_FIELD, None) is not None:
        keys = await call.app.client.ssh_keys(service)
        check(call, call.arguments, [active_key({key.id: key.status for key in keys})])


def _answer_created(pipe: Pipe) -> Outcome:
    return Outcome(
        summary=f"Created the ClickPipe “{clean(pipe.name, limit=80)}”; it is {pipe.state}.",
        clickpipe=shown.row(pipe),
        next_actions=actions(*shown.what_next(pipe, has_run=False)),
    )


def _answer_adopted(call: Call[Any], wanted: WantedPipe, pipe: Pipe) -> Outcome:
    has_secrets, hidden = holds_secrets(wanted.body), wanted.not_compared(pipe)
    if has_secrets:
        call.warnings.append("Its credentials were not compared: the API never returns them.")
    if hidden:
        call.warnings.append(
            f"The API does not return these, so they were not compared: {', '.join(hidden)}."
        )
    extent = ", as far as the API shows it," if has_secrets or hidden else ""
    return Outcome(
        summary=f"The ClickPipe “{clean(pipe.name, limit=80)}” exists already as asked for{extent} "
        f"and was adopted; it is {pipe.state}. Nothing was sent.",
        clickpipe=shown.row(pipe),
        next_actions=actions(*shown.what_next(pipe)),
    )


def create_tool(spec: SourceSpec) -> ToolSpec[Any]:
    """The create tool of one source."""
    arguments = create_model(
        f"{spec.create.__name__}Arguments",
        __base__=(
            ConfirmedArguments,
            DryRunArguments,
            ServiceArguments,
            LikeArguments,
            spec.create,
        ),
    )

    async def prepare(call: Call[Any]) -> Prepared:
        listed = await complete(call, spec)
        body = create_body(spec, call.arguments)
        return Prepared(
            None, partial(_create, call, spec, body, listed), sent_secrets(body), body=body
        )

    return ToolSpec(
        name=f"create_{spec.key}_clickpipe",
        title=f"Create a {spec.title} ClickPipe",
        description=spec.description,
        toolset="create",
        effect=Effect.WRITE,
        arguments=arguments,
        view=Outcome,
        prepare=prepare,
        rules=spec.rules,
        copying=CopyArguments,
        arm=spec.arm,
        source=spec.key,
        schema=lambda published, _sources: with_like(published, spec.example),
    )


TOOLS = tuple(create_tool(spec) for spec in SOURCES)
