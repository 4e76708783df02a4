"""Starting, stopping, resyncing, deleting and waiting for pipes."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import CONSEQUENCES, Impact, Operation
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import Conflict, NextAction, UnknownPipe
from clickpipes_mcp.operations import StateCommand
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, target
from clickpipes_mcp.tools.agreement import ConfirmedArguments, agreed_pipe, impact_on
from clickpipes_mcp.tools.dry_run import DryRunArguments, Outcome, planned, sent
from clickpipes_mcp.tools.evidence.causes import causes_in
from clickpipes_mcp.tools.evidence.gathering import gather
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, watched
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions


class StartArguments(DryRunArguments, PipeArguments):
    """Which pipe to start."""


class DestructiveArguments(ConfirmedArguments, DryRunArguments, PipeArguments):
    """Which pipe to stop, resync or delete."""


async def _command(call: Call[Any], command: StateCommand, done: str) -> Outcome:
    pipe = await agreed_pipe(call)
    client = call.app.client
    if call.is_dry_run:
        requests = await client.requests()
        return planned(
            requests.set_pipe_state(pipe.service_id, pipe.id, command),
            f"Would {command} “{clean(pipe.name, limit=80)}”; it is {pipe.state}.",
            effects=_effects(pipe, command),
            costs=_costs_of(pipe, command),
        )
    changed = await sent(
        call,
        command,
        lambda: client.set_pipe_state(pipe.service_id, pipe.id, command),
        service_id=pipe.service_id,
        pipe=pipe,
    )
    return Outcome(
        summary=f"{done} “{clean(changed.name, limit=80)}”; the API acknowledged, "
        f"the state is {changed.state} now.",
        clickpipe=shown.row(changed),
        next_actions=actions(_await_state(changed, "stopped" if command == "stop" else "ready")),
    )


_TOLD_AS = {operation.value: operation for operation in Operation}


def _effects(pipe: Pipe, command: str) -> list[str]:
    """What a person would be told before agreeing; starting asks nobody."""
    operation = _TOLD_AS.get(command)
    if operation is None:
        return ["goes on where it stopped"]
    told = CONSEQUENCES[operation][_family(pipe)]
    return [
        f"Lost: {'; '.join(told.lost)}.",
        f"Stays: {'; '.join(told.kept)}.",
        f"Way back: {told.undo}",
    ]


def _costs_of(pipe: Pipe, command: str) -> list[str]:
    family = _family(pipe)
    if command == "start":
        size = costs.size_of(pipe.scaling)
        return costs.of_ingesting(family, pipe.arm, size, loads=False)
    if command == "resync":
        return costs.of_loading(pipe.arm, "a second full load")
    return list((costs.STOPPED_COSTS if command == "stop" else costs.DELETED_COSTS)[family])


def _family(pipe: Pipe) -> Family:
    spec = shown.spec_of(pipe)
    return spec.family if spec else Family.DATABASE


def _await_state(pipe: Pipe, until: str) -> NextAction:
    return NextAction(
        "wait_for_clickpipe", "an acknowledgement is not completion", _wait_for(pipe, until)
    )


def _wait_for(pipe: Pipe, until: str) -> dict[str, object]:
    return {"clickpipe": pipe.id, "until": until}


async def start(call: Call[StartArguments]) -> Outcome:
    """Start what rests; a running pipe is no error."""
    pipe = await target(call.app, call.arguments)
    stage = state_named(pipe.state).stage
    if stage is Stage.WORKING:
        return Outcome(
            summary=f"“{clean(pipe.name, limit=80)}” is {pipe.state} already; nothing was sent.",
            clickpipe=shown.row(pipe),
        )
    if stage is Stage.DONE:
        raise Conflict(
            "The pipe has completed its one-time load; starting it would do nothing.",
            fix="To load again, resync a database pipe, or create a new pipe.",
        )
    return await _command(call, "start", "Starting")


async def stop(call: Call[DestructiveArguments]) -> Outcome:
    """Stop a pipe; the person has agreed."""
    return await _command(call, "stop", "Stopping")


async def resync(call: Call[DestructiveArguments]) -> Outcome:
    """Load a database pipe anew; the person has agreed."""
    _refuse_unless_resyncable(await agreed_pipe(call))
    return await _command(call, "resync", "Resyncing")


def _refuse_unless_resyncable(pipe: Pipe) -> None:
    spec = shown.spec_of(pipe)
    if spec is not None and spec.family is not Family.DATABASE:
        raise Conflict(
            f"Only database pipes can be resynced; this one reads {shown.source_label(pipe)}.",
            fix="To ingest again, create a new pipe that starts from the beginning.",
        )


async def delete(call: Call[DestructiveArguments]) -> Outcome:
    """Delete a pipe; the person has agreed."""
    pipe = await agreed_pipe(call)
    client, name = call.app.client, clean(pipe.name, limit=80)
    if call.is_dry_run:
        requests = await client.requests()
        return planned(
            requests.delete_pipe(pipe.service_id, pipe.id),
            f"Would delete “{name}”.",
            effects=_effects(pipe, "delete"),
            costs=_costs_of(pipe, "delete"),
        )
    await sent(
        call,
        "delete",
        lambda: client.delete_pipe(pipe.service_id, pipe.id),
        service_id=pipe.service_id,
        pipe=pipe,
    )
    return Outcome(
        summary=f"Deleting “{name}”; it may stay visible for a moment. Destination tables stay.",
        clickpipe=shown.row(pipe),
        next_actions=actions(
            NextAction("wait_for_clickpipe", "until it is gone", _wait_for(pipe, "deleted"))
        ),
    )


class WaitArguments(PipeArguments):
    """What to wait for."""

    until: Literal["ready", "stopped", "deleted"] | None = Field(
        default=None,
        description="ready (default): running or completed; stopped: or paused; deleted: gone.",
    )
    timeout_s: Annotated[int, Field(ge=1, le=LONGEST_WAIT_S)] | None = Field(
        default=None, description=f"Seconds at most, 1 to {LONGEST_WAIT_S} (default)."
    )


class WaitView(View):
    """How far the waiting got."""

    done: bool
    state: str
    state_means: str = ""
    cause: str | None = None
    waited_s: int
    id: str


_LOOKS_AT_MOST_S = 10.0
"""Of looking for a cause after a slice of waiting; both together stay below a host's 60 s."""

_AWAITED = {
    "ready": frozenset({Stage.WORKING, Stage.DONE}),
    "stopped": frozenset({Stage.RESTING, Stage.DONE}),
    "deleted": frozenset[Stage](),
}


async def wait(call: Call[WaitArguments]) -> WaitView:
    """Poll until the state is reached, it breaks, or the slice is used up."""
    clock, arguments = call.app.clock, call.arguments
    until = arguments.until or "ready"
    limit = arguments.timeout_s or LONGEST_WAIT_S
    began = clock.monotonic()
    try:
        pipe = await target(call.app, arguments)
    except UnknownPipe:
        if until != "deleted":
            raise
        return WaitView(
            summary="No such ClickPipe: it is deleted.",
            done=True,
            state="deleted",
            waited_s=0,
            id=arguments.clickpipe,
        )
    try:
        pipe = await watched(
            call,
            pipe,
            lambda seen: _is_over(seen, until),
            began_s=began,
            until_s=began + limit,
            total_s=limit,
        )
    except UnknownPipe:
        return _gone(pipe, until, round(clock.monotonic() - began))
    waited_s = round(clock.monotonic() - began)
    return _waited(pipe, until, waited_s, await _cause(call, pipe, until))


def _is_over(pipe: Pipe, until: str) -> bool:
    stage = state_named(pipe.state).stage
    return stage in _AWAITED[until] or (stage is Stage.BROKEN and until != "deleted")


async def _cause(call: Call[WaitArguments], pipe: Pipe, until: str) -> str | None:
    """Why it broke, as far as a short look shows."""
    if until == "deleted" or state_named(pipe.state).stage is not Stage.BROKEN:
        return None
    causes = causes_in((await gather(call.app, pipe, _LOOKS_AT_MOST_S)).facts)
    return f"{causes[0].rule.title} ({causes[0].rule.id})" if causes else None


def _waited(pipe: Pipe, until: str, waited_s: int, cause: str | None) -> WaitView:
    done = state_named(pipe.state).stage in _AWAITED[until]
    name = clean(pipe.name, limit=80)
    following = shown.what_next(pipe)
    if done:
        summary = f"“{name}” is {pipe.state} after {waited_s} s."
    elif _is_over(pipe, until):
        summary = f"“{name}” is {pipe.state}: waiting longer does not help."
        why = NextAction("diagnose_clickpipe", "shows evidence and fix", {"clickpipe": pipe.id})
        following = [why, *following]
    else:
        summary = f"“{name}” is still {pipe.state} after {waited_s} s; call again to wait on."
        following = [NextAction("wait_for_clickpipe", "waits on", _wait_for(pipe, until))]
    return WaitView(
        summary=summary,
        done=done,
        state=pipe.state,
        state_means=state_named(pipe.state).meaning,
        cause=cause,
        waited_s=waited_s,
        id=pipe.id,
        next_actions=actions(*following),
    )


def _gone(pipe: Pipe, until: str, waited_s: int) -> WaitView:
    done = until == "deleted"
    name = clean(pipe.name, limit=80)
    return WaitView(
        summary=f"“{name}” is gone." if done else f"“{name}” was deleted while waiting for it.",
        done=done,
        state="deleted",
        waited_s=waited_s,
        id=pipe.id,
    )


def _impact_of(
    operation: Operation, check: Callable[[Pipe], None] = lambda _: None
) -> Callable[[Call[DestructiveArguments]], Awaitable[Impact | None]]:
    async def impact(call: Call[DestructiveArguments]) -> Impact:
        pipe = await target(call.app, call.arguments)
        check(pipe)
        return impact_on(call, pipe, operation)

    return impact


START = ToolSpec(
    name="start_clickpipe",
    title="Start a ClickPipe",
    description="Start a stopped, paused or failed ClickPipe; it goes on where it was. "
    "Answers when the API acknowledges; follow with wait_for_clickpipe.",
    toolset="pipes",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=StartArguments,
    view=Outcome,
    run=start,
)
STOP = ToolSpec(
    name="stop_clickpipe",
    title="Stop a ClickPipe",
    description="Stop ingestion; start_clickpipe goes on from there. A person is asked first. "
    "A stopped Postgres pipe makes the source keep WAL.",
    toolset="pipes",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DestructiveArguments,
    view=Outcome,
    run=stop,
    impact=_impact_of(Operation.STOP),
)
RESYNC = ToolSpec(
    name="resync_clickpipe",
    title="Resync a ClickPipe",
    description="Load all tables of a database pipe again and swap them in. A person is asked "
    "first. Costs a full load; manual changes to the tables are lost. For lost slots, binlogs or "
    "oplogs, not for finding out what is wrong.",
    toolset="pipes",
    effect=Effect.DESTRUCTIVE,
    arguments=DestructiveArguments,
    view=Outcome,
    run=resync,
    impact=_impact_of(Operation.RESYNC, _refuse_unless_resyncable),
)
DELETE = ToolSpec(
    name="delete_clickpipe",
    title="Delete a ClickPipe",
    description="Delete a ClickPipe for good. A person is asked first and types its name. "
    "Destination tables and their rows stay.",
    toolset="pipes",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DestructiveArguments,
    view=Outcome,
    run=delete,
    impact=_impact_of(Operation.DELETE),
)
WAIT = ToolSpec(
    name="wait_for_clickpipe",
    title="Wait for a ClickPipe",
    description=f"Wait up to {LONGEST_WAIT_S} s until a ClickPipe is ready, stopped or deleted. "
    "While it answers done=false, call it again. Ends early when the pipe fails.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=WaitArguments,
    view=WaitView,
    run=wait,
)
TOOLS = (START, STOP, RESYNC, DELETE, WAIT)
