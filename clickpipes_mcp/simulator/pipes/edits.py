"""Changing a pipe: patch, state commands, settings, scaling, delete."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms import UPDATE, Arm
from clickpipes_mcp.simulator.contract import pipes
from clickpipes_mcp.simulator.documents import (
    Document,
    JsonObject,
    as_object,
    child,
    is_given,
    items,
    number,
    text,
    without,
    without_nulls,
)
from clickpipes_mcp.simulator.envelope import ApiError, bad_request, not_found
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.lifecycle import IDLE_STATES, Event
from clickpipes_mcp.simulator.pipes.creation import (
    only_source,
    require_running,
    settings_problems,
    target_tables,
)
from clickpipes_mcp.simulator.pipes.probing import failure
from clickpipes_mcp.simulator.pipes.workload import is_enough
from clickpipes_mcp.simulator.troubles import Cure
from clickpipes_mcp.simulator.world.organization import Service, World
from clickpipes_mcp.simulator.world.pipe import Pipe, Scaling

_ROWS_PER_SECOND: Final = 1000  # what a pipe leaves behind in its tables when it is deleted
_MAPPING_EDITS: Final = ("tableMappingsToAdd", "tableMappingsToRemove", "settings")


def update_pipe(
    world: World, service: Service, pipe: Pipe, body: JsonObject, board: FaultBoard
) -> None:
    """Apply a patch whole or not at all. Raises ApiError with the service's own words."""
    UPDATE.require(body)
    for problem in _problems(pipe, body):
        raise bad_request(problem)
    patch = _source_patch(world, pipe, body, board)
    require_running(world, service)
    if patch:
        _apply_source(pipe, patch, world.now())
    if is_given(body, "name"):
        pipe.name = text(body, "name")
    if is_given(body, "destination"):
        pipe.destination = {**pipe.destination, **child(body, "destination")}
    if is_given(body, "fieldMappings"):
        pipe.field_mappings = items(body, "fieldMappings")
    pipe.updated_at = world.now()
    world.touch()


def _problems(pipe: Pipe, body: JsonObject) -> Iterator[str]:
    if not any(is_given(body, key) for key in ("name", "source", "destination", "fieldMappings")):
        yield "no fields to update"
    yield from settings_problems(pipe.kind, child(body, "settings"))
    if pipe.kind.database and is_given(body, "destination"):
        yield f"destination cannot be updated for {pipe.kind.label} ClickPipes"
    has_mappings_alone = is_given(body, "fieldMappings") and not is_given(body, "destination")
    if has_mappings_alone and pipe.kind.field_mappings_need_columns:
        yield "Columns are required if field mappings are provided"


def _source_patch(world: World, pipe: Pipe, body: JsonObject, board: FaultBoard) -> Document:
    given = without_nulls(child(body, "source"))
    given.pop("validateSamples", None)
    if not given:
        return {}
    arm, patch = only_source(body)
    if arm.key != pipe.arm:
        raise bad_request(f"{pipe.kind.label} ClickPipe cannot become {arm.label}")
    if arm.schemas.update is None:
        raise bad_request(f"{arm.label} ClickPipe source cannot be updated")
    arm.schemas.update.require(patch, "source", arm.key)
    problems = (*arm.patch_rules(patch), *_mapping_problems(world, pipe, patch))
    for problem in problems:
        raise bad_request(problem)
    if any(key in patch for key in arm.addresses):
        failed = failure(arm, _merged(arm, pipe.source, patch), board)
        if failed:
            raise bad_request(failed)
    return patch


def _mapping_problems(world: World, pipe: Pipe, patch: Document) -> Iterator[str]:
    if not pipe.kind.database:
        return
    if any(is_given(patch, key) for key in _MAPPING_EDITS) and (
        pipe.state(world.now()) != "Paused"
    ):
        yield f"{pipe.kind.label} ClickPipe must be paused to edit"
    added = {_table(pipe, item) for item in items(patch, "tableMappingsToAdd")}
    removed = {_table(pipe, item) for item in items(patch, "tableMappingsToRemove")}
    present = {_table(pipe, item) for item in items(pipe.source, "tableMappings")}
    if added & removed:
        yield "a source table cannot be added and removed in one request"
    if added & present:
        yield f"table mapping for {'.'.join(min(added & present))} already exists"
    if removed and not (present - removed) | added:
        yield "at least one table mapping must remain"


def _table(pipe: Pipe, mapping: Document) -> tuple[str, str]:
    first, second = pipe.kind.mapping_names
    return text(mapping, first), text(mapping, second)


def _merged(arm: Arm, source: JsonObject, patch: Document) -> JsonObject:
    changes = {key: value for key, value in patch.items() if key in arm.schemas.patched}
    merged: JsonObject = {**source, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def _apply_source(pipe: Pipe, patch: Document, now: float) -> None:
    before = pipe.state(now)
    merged = without(_merged(pipe.kind, pipe.source, patch), pipe.kind.secrets)
    if pipe.kind.database:
        merged = _with_mapping_changes(pipe, merged, patch)
        settings = as_object(merged.get("settings"))
        merged["settings"] = {**settings, **without_nulls(child(patch, "settings"))}
    pipe.source = pipe.kind.prepare(merged)
    if any(len(path) == 1 and is_given(patch, path[0]) for path in pipe.kind.secrets):
        pipe.mend(Cure.CREDENTIALS, now)
    if is_given(patch, "settings"):
        pipe.mend(Cure.SETTINGS, now)
    if pipe.kind.database and before == "Paused":
        # The service validates an edit by resuming the pipe, whoever paused it.
        adds = bool(items(patch, "tableMappingsToAdd"))
        pipe.set_out(Event.ADD_TABLES if adds else Event.CHANGE, now)


def _with_mapping_changes(pipe: Pipe, source: JsonObject, patch: Document) -> JsonObject:
    removed = {_table(pipe, item) for item in items(patch, "tableMappingsToRemove")}
    kept = [item for item in items(source, "tableMappings") if _table(pipe, item) not in removed]
    return {**source, "tableMappings": [*kept, *items(patch, "tableMappingsToAdd")]}


def command_pipe(world: World, pipe: Pipe, command: str) -> None:
    """Start, stop or resync. Raises ApiError where the service refuses."""
    now = world.now()
    state = pipe.state(now)
    if command == "resync":
        if not pipe.kind.resyncable:
            raise bad_request(f"resync is not supported for {pipe.kind.label} ClickPipes")
        pipe.mend(Cure.RESYNC, now)
        pipe.set_out(Event.RESYNC, now)
    elif state == "Completed":
        return  # acknowledged and without effect (clickhousectl issue 926)
    elif command == "stop":
        if state in IDLE_STATES - {"Failed"}:
            return
        pipe.set_out(Event.STOP, now)
    else:
        if state not in IDLE_STATES:
            raise bad_request(f"{pipe.id[:8]} ClickPipe is already running")
        pipe.mend(Cure.START, now)
        pipe.set_out(Event.START, now)
    pipe.updated_at = now
    world.touch()


def put_settings(world: World, pipe: Pipe, body: JsonObject) -> None:
    """Merge settings into a streaming or object-storage pipe."""
    require_ingestion(pipe)
    pipes.SETTINGS.require(body)
    for problem in settings_problems(pipe.kind, body):
        raise bad_request(problem)
    pipe.settings = {**pipe.settings, **without_nulls(body)}
    pipe.mend(Cure.SETTINGS, world.now())
    pipe.updated_at = world.now()
    world.touch()


def require_ingestion(pipe: Pipe) -> None:
    """Raise the 404 that database pipes answer to everything about settings."""
    if pipe.kind.database:
        raise not_found(f'ingestion for pipe "{pipe.id}" not found')


def scale_pipe(world: World, pipe: Pipe, body: JsonObject) -> None:
    """Change the replicas of a streaming or object-storage pipe."""
    pipes.SCALING.require(body)
    if pipe.kind.database:
        raise bad_request(f"scaling is not supported for {pipe.kind.label} ClickPipes")
    if not without_nulls(body):
        raise ApiError(500, "Internal error")
    now, old = world.now(), pipe.scaling
    pipe.scaling = Scaling(
        replicas=int(number(body, "replicas", old.replicas)),
        cpu_millicores=int(number(body, "replicaCpuMillicores", old.cpu_millicores)),
        memory_gb=number(body, "replicaMemoryGb", old.memory_gb),
        changed_at=now,
    )
    trouble = pipe.present_trouble()
    if trouble and is_enough(pipe.scaling, trouble):
        pipe.mend(Cure.SCALING, now)
    pipe.updated_at = now
    world.touch()


def delete_pipe(world: World, service: Service, pipe: Pipe) -> None:
    """Begin a delete; tables stay behind with what was ingested."""
    now = world.now()
    if pipe.deleted_at is not None:
        return
    rows = int(pipe.totals(now).sent_s * _ROWS_PER_SECOND)
    if rows:
        for table in target_tables(pipe.kind, pipe.source, pipe.destination):
            service.tables[table] = service.tables.get(table, 0) + rows
    pipe.deleted_at = now
    for gone in [other.id for other in service.pipes.values() if other.is_gone(now)]:
        del service.pipes[gone]
    world.touch()
