"""The world a simulator starts with."""

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.simulator.arms import BY_KEY
from clickpipes_mcp.simulator.documents import JsonObject
from clickpipes_mcp.simulator.lifecycle import ENDPOINTS, SERVICES, Event, Mark, pipe_path
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.pipes.creation import build_pipe
from clickpipes_mcp.simulator.troubles import TROUBLES, Trouble
from clickpipes_mcp.simulator.world.organization import (
    DEFAULT_SERVICE_ID,
    EXISTING_TABLE,
    IDLE_SERVICE_ID,
    Endpoint,
    Pipe,
    Service,
    World,
    fall_asleep,
)
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS, Scenario
from clickpipes_mcp.simulator.world.timeline import Timeline

_DAY_S: Final = 86_400.0
TROUBLED_S: Final = 600.0  # how long the trouble of a scenario has lasted at the start
_COLUMNS: Final[list[JsonObject]] = [
    {"name": "id", "type": "UInt64"},
    {"name": "created_at", "type": "DateTime"},
    {"name": "payload", "type": "String"},
]
_ROLE: Final = "arn:aws:iam::000000000000:role/ClickHouseAccessRole-simulated"
_SQL: Final[JsonObject] = {
    "sourceSchemaName": "public",
    "sourceTable": "orders",
    "targetTable": "public_orders",
    "tableEngine": "ReplacingMergeTree",
}
SOURCES: Final[Mapping[str, JsonObject]] = {
    "kafka": {
        "type": "confluent",
        "format": "JSONEachRow",
        "brokers": "broker-1.kafka.simulated.example:9092",
        "topics": "orders",
        "authentication": "PLAIN",
    },
    "postgres": {
        "type": "rdspostgres",
        "host": "orders.postgres.simulated.example",
        "port": 5432,
        "database": "shop",
        "tableMappings": [_SQL],
    },
    "objectStorage": {
        "type": "s3",
        "format": "Parquet",
        "url": "https://simulated-exports.s3.us-east-1.amazonaws.com/orders/*.parquet",
        "authentication": "IAM_ROLE",
        "iamRole": _ROLE,
        "isContinuous": True,
    },
    "mysql": {
        "host": "billing.mysql.simulated.example",
        "port": 3306,
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [_SQL],
    },
    "kinesis": {
        "format": "JSONEachRow",
        "streamName": "clicks",
        "region": "us-east-1",
        "iteratorType": "LATEST",
        "authentication": "IAM_ROLE",
        "iamRole": _ROLE,
    },
    "mongodb": {
        "uri": "mongodb+srv://catalog.mongo.simulated.example/shop",
        "readPreference": "secondaryPreferred",
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [
            {
                "sourceDatabaseName": "shop",
                "sourceCollection": "items",
                "targetTable": "shop_items",
                "tableEngine": "ReplacingMergeTree",
            }
        ],
    },
    "bigquery": {
        "snapshotStagingPath": "gs://simulated-staging/exports/",
        "settings": {"replicationMode": "snapshot"},
        "tableMappings": [
            {"sourceDatasetName": "sales", "sourceTable": "orders", "targetTable": "sales_orders"}
        ],
    },
    "pubsub": {
        "format": "JSONEachRow",
        "projectId": "simulated-project",
        "topic": "sensors",
        "authentication": "SERVICE_ACCOUNT",
        "seekType": "latest",
    },
}

_ENDPOINT: Final[Mapping[str, object]] = {
    "description": "simulated brokers",
    "type": "VPC_ENDPOINT_SERVICE",
    "vpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-simulated",
}


def build_world(options: SimulatorOptions, clock: Clock) -> World:
    """A fresh world. Raises KeyError for a scenario nobody wrote."""
    timeline = Timeline(clock, options.speed)
    now = timeline.now()
    scenario = SCENARIOS[options.scenario] if options.scenario else None
    state = scenario.service if scenario else "running"
    created = now - 30 * _DAY_S
    running = Service(
        DEFAULT_SERVICE_ID, "simulated-analytics", "aws", "us-east-1",
        Mark(SERVICES[state], created), created, tables={EXISTING_TABLE: 1000},
    )  # fmt: skip
    idle = Service(
        IDLE_SERVICE_ID, "simulated-idle", "gcp", "us-central1",
        Mark(SERVICES["idle"], created), created,
    )  # fmt: skip
    world = World(
        timeline,
        random.Random(options.seed),  # noqa: S311 - ids of a simulation, not secrets
        random.Random(f"requests {options.seed}"),  # noqa: S311 - see above
        {running.id: running, idle.id: idle},
        created_at=created,
    )
    _seed_pipes(world, running, options.pipes)
    if scenario:
        _tell(world, running, scenario)
    if any(fault.kind == "idle_service" for fault in options.faults):
        fall_asleep(world)
    return world


def _seed_pipes(world: World, service: Service, count: int) -> None:
    keys = tuple(SOURCES)
    for index in range(count):
        _seed_pipe(world, service, keys[index % len(keys)], index, "")


def _seed_pipe(
    world: World,
    service: Service,
    key: str,
    index: int,
    story: str,
    source: Mapping[str, object] = MappingProxyType({}),
) -> Pipe:
    arm, now = BY_KEY[key], world.now()
    label = f"{key.lower()}-{story or 'simulated'}-{index + 1}"
    destination: JsonObject = {"database": "default"}
    if not arm.database:
        definition: JsonObject = {"engine": {"type": "MergeTree"}, "sortingKey": ["id"]}
        destination |= {
            "table": label.replace("-", "_"),
            "managedTable": True,
            "tableDefinition": definition,
            "columns": _COLUMNS,
        }
    given = {**SOURCES[key], **source}
    body: JsonObject = {"name": label, "source": {key: given}, "destination": destination}
    pipe = build_pipe(world, service, arm, body, now - _DAY_S - index)
    if index % 7 == 6 and not story:
        pipe.set_out(Event.STOP, now - _DAY_S / 2)
    service.pipes[pipe.id] = pipe
    return pipe


def _tell(world: World, service: Service, scenario: Scenario) -> None:
    now = world.now()
    if scenario.trouble:
        _trouble(world, service, scenario.trouble, now - TROUBLED_S)
    elif scenario.completed_arm:
        pipe = _seed_pipe(world, service, scenario.completed_arm, 0, "snapshot")
        pipe.mark = Mark(pipe_path(pipe.family, Event.CREATE), now - TROUBLED_S)
    else:
        _seed_pipe(world, service, "kafka", 0, scenario.name)


def _trouble(world: World, service: Service, name: str, since: float) -> None:
    """A pipe in trouble after a day of health, so that counters and rows show both."""
    story = TROUBLES[name]
    source = dict(story.source)
    if story.endpoint:
        endpoint = Endpoint(
            world.new_id(), service.id, dict(_ENDPOINT), Mark(ENDPOINTS[story.endpoint], since)
        )
        service.endpoints[endpoint.id] = endpoint
        source["reversePrivateEndpointIds"] = [endpoint.id]
    pipe = _seed_pipe(world, service, story.arms[0], 0, name, source)
    pipe.settings = dict(story.settings)
    if is_new_born(story):
        # It never got further, so there is no healthy day behind it.
        pipe.mark, pipe.created_at = Mark(story.steps, since), since
    pipe.suffer(name, since)


def is_new_born(story: Trouble) -> bool:
    """Whether the trouble began with the pipe."""
    return story.steps[-1].state in ("Provisioning", "Snapshot")
