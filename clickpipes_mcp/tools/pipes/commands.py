"""Starting, stopping, resyncing and deleting pipes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from clickpipes_mcp.cloud import Pipe, StateCommand
from clickpipes_mcp.consent import Consequences, Impact, Operation, consequences_of
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import Conflict
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.source_facts import Traces
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import costs, pipe_views
from clickpipes_mcp.tools.addressing import (
    Found,
    PipeArguments,
    find_among,
    find_pipe,
)
from clickpipes_mcp.tools.agreement import ConfirmedArguments, impact_on
from clickpipes_mcp.tools.deletions import (
    DELETION,
    find_unless_deleted,
    is_deletion_under_way,
    tell_gone,
)
from clickpipes_mcp.tools.dry_run import DryRunArguments, Outcome, show
from clickpipes_mcp.tools.extent import Extent, extent_of_pipe
from clickpipes_mcp.tools.pipe_views import wait_until
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.shared_tables import tell_new_pipe
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send, write_to


class StartArguments(DryRunArguments, PipeArguments):
    """Which pipe to start."""


class DestructiveArguments(ConfirmedArguments, DryRunArguments, PipeArguments):
    """Which pipe to stop, resync or delete."""


async def _command(call: Call[Any], pipe: Pipe, command: StateCommand, done: str) -> Outcome:
    requests = await call.app.client.requests()
    request = requests.set_pipe_state(pipe.service_id, pipe.id, command)
    write = write_to(pipe, command, request)
    if call.is_dry_run:
        return show(
            call,
            write,
            f"Would {command} “{clean(pipe.name, limit=80)}”; it is {pipe.state}.",
            effects=tell_effects(pipe, command),
            costs=tell_costs(pipe, command),
        )
    changed = await send(call, write)
    return Outcome(
        summary=f"{done} “{clean(changed.name, limit=80)}”; the API acknowledged, "
        f"the state is {changed.state} now.",
        clickpipe=pipe_views.row(changed),
        next_actions=actions(
            wait_until(
                changed,
                "stopped" if command == "stop" else "ready",
                "waits for the end: an acknowledgement is not completion",
            )
        ),
    )


_TOLD_AS = {operation.value: operation for operation in Operation}


def tell_effects(pipe: Pipe, command: str) -> list[str]:
    """What a command does to a pipe, as a person is told before agreeing to it."""
    operation = _TOLD_AS.get(command)
    if operation is None:
        return ["goes on where it stopped"]
    return _consequences(pipe, operation).lines()


def tell_costs(pipe: Pipe, command: str) -> list[str]:
    """What a command costs, or what goes on to cost."""
    spec = pipe_views.spec_of(pipe)
    if command == "start":
        return costs.of_ingesting(spec, _extent_of_start(pipe), costs.size_of(pipe.scaling))
    if command == "resync":
        return costs.of_loading(spec, "a second full load")
    return costs.of_stopping(spec) if command == "stop" else costs.of_deleting(spec)


def _extent_of_start(pipe: Pipe) -> Extent:
    """What a started pipe reads: a full load only if it does nothing else."""
    extent = extent_of_pipe(pipe)
    return replace(extent, loads=extent.loads and not extent.follows)


def _consequences(pipe: Pipe, operation: Operation) -> Consequences:
    """What an operation does to a pipe. Of an unknown source, it says the worst that can be."""
    spec = pipe_views.spec_of(pipe)
    if spec is None:
        return consequences_of(operation, Family.DATABASE, Traces())
    return consequences_of(operation, spec.family, spec.traces)


async def start(call: Call[StartArguments]) -> Outcome:
    """Start a stopped, paused or failed pipe. A pipe that runs already is no error."""
    pipe = await find_pipe(call.app, call.arguments)
    stage = state_named(pipe.state).stage
    if stage is Stage.WORKING:
        return Outcome(
            summary=f"“{clean(pipe.name, limit=80)}” is {pipe.state} already; nothing was sent.",
            clickpipe=pipe_views.row(pipe),
        )
    if stage is Stage.DONE:
        spec = pipe_views.spec_of(pipe)
        again = "resync this one, or create" if spec is None or spec.resyncable else "create"
        raise Conflict(
            "The pipe has completed its one-time load; starting it would do nothing.",
            fix=f"To load again, {again} a new pipe.",
        )
    return await _command(call, pipe, "start", "Starting")


async def prepare_stop(call: Call[DestructiveArguments]) -> Prepared:
    """Stop a pipe."""
    found = await find_among(call.app, call.arguments)
    act = partial(_command, call, found.pipe, "stop", "Stopping")
    return Prepared(_impact_of(call, found, Operation.STOP), act)


async def prepare_resync(call: Call[DestructiveArguments]) -> Prepared:
    """Load a database pipe anew."""
    found = await find_among(call.app, call.arguments)
    _refuse_unless_resyncable(found.pipe)
    act = partial(_command, call, found.pipe, "resync", "Resyncing")
    return Prepared(_impact_of(call, found, Operation.RESYNC), act)


def _impact_of(call: Call[Any], found: Found, operation: Operation) -> Impact:
    return impact_on(call, found, operation, _consequences(found.pipe, operation))


def _refuse_unless_resyncable(pipe: Pipe) -> None:
    spec = pipe_views.spec_of(pipe)
    if spec is not None and not spec.resyncable:
        able = ", ".join(one.title for one in SOURCES if one.resyncable)
        raise Conflict(
            f"Only pipes that read one of these can be resynced: {able}. This one reads "
            f"{pipe_views.source_label(pipe)}.",
            fix="To ingest again, create a new pipe that starts from the beginning.",
        )


def _tell_recreation(pipe: Pipe) -> Iterator[str]:
    """What a new pipe in its place would read again, and how to avoid that."""
    spec = pipe_views.spec_of(pipe)
    if spec is not None:
        yield tell_new_pipe(spec)


async def prepare_delete(call: Call[DestructiveArguments]) -> Prepared:
    """Delete a pipe; one that is gone, or is being deleted already, takes no person."""
    wanted, finding = call.arguments.clickpipe, find_among(call.app, call.arguments)
    found = await find_unless_deleted(call, finding, wanted)
    if found is None:
        return Prepared(None, partial(_tell, f"{tell_gone(wanted)} Nothing was sent."))
    pipe = found.pipe
    if is_deletion_under_way(call.app.journal, pipe):
        told = f"“{clean(pipe.name, limit=80)}” is being deleted already; nothing was sent."
        return Prepared(None, partial(_tell, told, pipe))
    act = partial(_delete, call, found.pipe)
    return Prepared(_impact_of(call, found, Operation.DELETE), act)


async def _tell(told: str, leaving: Pipe | None = None) -> Outcome:
    if leaving is None:
        return Outcome(summary=told)
    return Outcome(
        summary=told,
        clickpipe=pipe_views.row(leaving),
        next_actions=actions(wait_until(leaving, "deleted", "waits until it is gone")),
    )


async def _delete(call: Call[DestructiveArguments], pipe: Pipe) -> Outcome:
    requests, name = await call.app.client.requests(), clean(pipe.name, limit=80)
    write = write_to(pipe, DELETION, requests.delete_pipe(pipe.service_id, pipe.id))
    if call.is_dry_run:
        return show(
            call,
            write,
            f"Would delete “{name}”.",
            effects=[*tell_effects(pipe, "delete"), *_tell_recreation(pipe)],
            costs=tell_costs(pipe, "delete"),
        )
    await send(call, write)
    return Outcome(
        summary=f"Deleting “{name}”; it may stay visible for a moment. Destination tables stay.",
        clickpipe=pipe_views.row(pipe),
        next_actions=actions(wait_until(pipe, "deleted", "waits until it is gone")),
    )


START = ToolSpec(
    name="start_clickpipe",
    title="Start a ClickPipe",
    description="Start a stopped, paused or failed ClickPipe; it goes on where it was. "
    "It answers when the API acknowledges; follow with wait_for_clickpipe.",
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
    prepare=prepare_stop,
)
RESYNC = ToolSpec(
    name="resync_clickpipe",
    title="Resync a ClickPipe",
    description="Load all tables of a database pipe again and swap them in. A person is asked "
    "first. It costs a full load, and manual changes to the tables are lost. Use it for lost "
    "slots, binlogs or "
    "oplogs, not for finding out what is wrong.",
    toolset="pipes",
    effect=Effect.DESTRUCTIVE,
    arguments=DestructiveArguments,
    view=Outcome,
    prepare=prepare_resync,
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
    prepare=prepare_delete,
)
TOOLS = (START, STOP, RESYNC, DELETE)
