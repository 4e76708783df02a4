"""Creating a pipe: shape, rules, service, live checks, and only then a pipe."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms import ARMS, BY_KEY, CREATE, Arm
from clickpipes_mcp.simulator.contract import RequestSchema
from clickpipes_mcp.simulator.documents import (
    Document,
    JsonObject,
    child,
    is_given,
    items,
    number,
    text,
    without,
    without_nulls,
)
from clickpipes_mcp.simulator.envelope import ApiError, bad_request
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.lifecycle import Event, Mark, pipe_path
from clickpipes_mcp.simulator.pipes.bastions import require_tunnel
from clickpipes_mcp.simulator.pipes.probing import failure
from clickpipes_mcp.simulator.world.organization import CdcScaling, Service, World
from clickpipes_mcp.simulator.world.pipe import Pipe, Scaling

RESERVED_ROLES: Final = frozenset({"clickpipes", "clickpipes_system"})
# A role of such a name cannot create tables, in this world.
POWERLESS_ROLE_MARKERS: Final = ("read_only", "readonly", "no_grants")
_STREAM_ONLY: Final = ("table", "managedTable", "columns", "tableDefinition")


def create_pipe(world: World, service: Service, body: JsonObject, board: FaultBoard) -> Pipe:
    """Make a pipe out of a request body. Raises ApiError with the service's own words."""
    arm, source = new_source(body, CREATE)
    destination = child(body, "destination")
    for problem in _problems(arm, source, destination, body):
        raise bad_request(problem)
    require_running(world, service)
    require_tunnel(service, source, board)
    failed = failure(arm, source, board) or _destination_failure(
        service, arm, source, destination, world.now()
    )
    if failed:
        raise bad_request(failed)
    return _add(world, service, arm, body)


def new_source(body: JsonObject, schema: RequestSchema) -> tuple[Arm, Document]:
    """The source of a body of this shape, which is whole. Raises ApiError when it is not."""
    schema.require(body)
    arm, source = only_source(body)
    arm.schemas.create.require(source, "source", arm.key)
    return arm, source


def only_source(body: JsonObject) -> tuple[Arm, Document]:
    """The one source that a body names. Raises ApiError when it names none or several."""
    sources = child(body, "source")
    given = [key for key in sources if key in BY_KEY and is_given(sources, key)]
    if len(given) != 1:
        raise bad_request("request body.source: exactly one source must be provided")
    return BY_KEY[given[0]], child(sources, given[0])


def require_running(world: World, service: Service) -> None:
    """Raise the 424 of a service that is not running."""
    state = service.state(world.now())
    if state != "running":
        raise ApiError(
            424,
            "FAILED_DEPENDENCY: ClickPipe creation is allowed only when the ClickHouse service "
            f"is running. Current state: {state}",
        )


def settings_problems(arm: Arm, settings: Document) -> Iterator[str]:
    """Settings that are not for this kind of pipe."""
    for owner in ARMS:
        for name in owner.own_settings if owner is not arm else ():
            if is_given(settings, name):
                yield f"Setting '{name}' is only supported for {owner.label} ClickPipes"


def _problems(arm: Arm, source: Document, destination: Document, body: Document) -> Iterator[str]:
    for role in _roles(destination):
        if role in RESERVED_ROLES:
            yield f"request body.destination.roles: '{role}'"
    if arm.database:
        for name in _STREAM_ONLY:
            if is_given(destination, name):
                yield f"destination.{name} is not supported for {arm.label} ClickPipes"
        if body.get("startPaused"):
            yield f"startPaused is not supported for {arm.label} ClickPipes"
        for name in ("scaling", "settings"):
            if is_given(body, name):
                yield f"{name} is not supported for {arm.label} ClickPipes"
    else:
        yield from _table_problems(destination)
    yield from settings_problems(arm, child(body, "settings"))
    yield from arm.rules(source)


def _table_problems(destination: Document) -> Iterator[str]:
    for name in ("table", "managedTable"):
        if not is_given(destination, name):
            yield f"request body.destination.{name}: 'undefined'"
    if not items(destination, "columns"):
        yield "request body.destination.columns array length < minLength, length: 0, minLength: 1"
    definition = child(destination, "tableDefinition")
    if destination.get("managedTable") and not definition:
        yield "tableDefinition is required for managed tables"
    engine = child(definition, "engine")
    if is_given(engine, "columnIds") and text(engine, "type") != "SummingMergeTree":
        yield "columnIds is only valid for SummingMergeTree engine"


def _roles(destination: Document) -> list[str]:
    roles = destination.get("roles")
    return [str(role) for role in roles] if isinstance(roles, list) else []


def _destination_failure(
    service: Service, arm: Arm, source: Document, destination: Document, now: float
) -> str | None:
    for role in _roles(destination):
        if any(marker in role for marker in POWERLESS_ROLE_MARKERS):
            suffix = f"{int(now * 1000) % 10**10:010d}"
            return (
                "ClickHouse validation failed: failed to create validation table "
                f"peerdb_validation_{suffix}: code: 497, message: Not enough privileges. To "
                "execute this query, it's necessary to have the grant CREATE TABLE"
            )
    if not arm.database and not destination.get("managedTable"):
        return None
    for table in target_tables(arm, source, destination):
        if service.tables.get(table, 0) > 0:
            return f"ClickHouse validation failed: table {table} exists and is not empty"
    return None


def target_tables(arm: Arm, source: Document, destination: Document) -> list[str]:
    """The destination tables as `database.table`."""
    database = text(destination, "database") or "default"
    if not arm.database:
        return [f"{database}.{text(destination, 'table')}"]
    return [f"{database}.{text(item, 'targetTable')}" for item in items(source, "tableMappings")]


def _scaling(given: Document, now: float) -> Scaling:
    return Scaling(
        replicas=int(number(given, "replicas", 1)),
        cpu_millicores=int(number(given, "replicaCpuMillicores", 125)),
        memory_gb=number(given, "replicaMemoryGb", 0.5),
        changed_at=now,
    )


def _add(world: World, service: Service, arm: Arm, body: JsonObject) -> Pipe:
    now = world.now()
    pipe = build_pipe(world, service, arm, body, now)
    if arm.database and not service.has_database_pipe(now):
        service.cdc = CdcScaling()
        pipe.mark = Mark(pipe_path(pipe.family, Event.CREATE, is_first_database=True), now)
    service.pipes[pipe.id] = pipe
    world.touch()
    return pipe


def build_pipe(world: World, service: Service, arm: Arm, body: JsonObject, now: float) -> Pipe:
    """The pipe of an accepted body, its secrets dropped, not yet part of the world."""
    given = child(body, "source", arm.key)
    kept = without(without_nulls(given), arm.secrets)
    pipe_id = world.new_id()
    source = {**arm.named_after(pipe_id), **arm.prepare(kept)}
    family = arm.family(source)
    event = Event.CREATE_PAUSED if body.get("startPaused") else Event.CREATE
    return Pipe(
        id=pipe_id,
        service_id=service.id,
        name=text(body, "name"),
        arm=arm.key,
        family=family,
        source=source,
        destination={"database": "default", **without_nulls(child(body, "destination"))},
        mark=Mark(pipe_path(family, event), now),
        created_at=now,
        updated_at=now,
        field_mappings=items(body, "fieldMappings"),
        settings=without_nulls(child(body, "settings")),
        scaling=_scaling(child(body, "scaling"), now),
    )
