"""The world a simulator starts with."""

import hashlib
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.simulator.arms import ARMS, BY_KEY, Arm
from clickpipes_mcp.simulator.contract import SSH_KEY_RESOURCE_ID
from clickpipes_mcp.simulator.documents import JsonObject
from clickpipes_mcp.simulator.lifecycle import ENDPOINTS, SERVICES, Event, Family, Mark, pipe_path
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.pipes.bastions import REFUSALS
from clickpipes_mcp.simulator.pipes.creation import build_pipe
from clickpipes_mcp.simulator.troubles import TROUBLES, Trouble
from clickpipes_mcp.simulator.world.network import Endpoint, SshKey, SshKeyStatus, public_key_of
from clickpipes_mcp.simulator.world.organization import (
    BASTION_KEY_ID,
    DEFAULT_SERVICE_ID,
    EXISTING_TABLE,
    IDLE_SERVICE_ID,
    Service,
    World,
    fall_asleep,
)
from clickpipes_mcp.simulator.world.pipe import Pipe
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS, Scenario
from clickpipes_mcp.simulator.world.timeline import Timeline

_HOUR_S: Final = 3_600.0
_DAY_S: Final = 86_400.0
_COMPLETED_S: Final = 600.0  # how long ago the load of a scenario began that is done
_STORY: Final = "orders"
"""What the pipe of a scenario is about: its name must not give away what is wrong with it."""

_COLUMNS: Final[list[JsonObject]] = [
    {"name": "id", "type": "UInt64"},
    {"name": "created_at", "type": "DateTime"},
    {"name": "payload", "type": "String"},
]
_ENDPOINT: Final[Mapping[str, object]] = {
    "description": "simulated brokers",
    "type": "VPC_ENDPOINT_SERVICE",
    "vpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-simulated",
}
_BASTION: Final = {
    "name": "simulated-bastion",
    "description": "simulated way into the network of the sources",
    "host": "bastion.simulated.example",
    "port": 22,
    "username": "clickpipes",
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
    running.ssh_keys[BASTION_KEY_ID] = _bastion_key(running, created)
    _seed_pipes(world, running, options.pipes)
    if scenario:
        _tell(world, running, scenario)
    if any(fault.kind == "idle_service" for fault in options.faults):
        fall_asleep(world)
    return world


def _bastion_key(service: Service, created: float) -> SshKey:
    """A key that was put on its bastion and found to work an hour later."""
    public_key = public_key_of(hashlib.sha256(BASTION_KEY_ID.encode()).digest())
    checked = created + _HOUR_S
    return SshKey(
        BASTION_KEY_ID, service.id, dict(_BASTION), public_key, created, checked,
        SshKeyStatus.ACTIVE, validated_at=checked,
    )  # fmt: skip


def _seed_pipes(world: World, service: Service, count: int) -> None:
    for index in range(count):
        _seed_pipe(world, service, ARMS[index % len(ARMS)], index)


def _seed_pipe(
    world: World,
    service: Service,
    arm: Arm,
    index: int,
    about: str = "simulated",
    source: Mapping[str, object] = MappingProxyType({}),
) -> Pipe:
    now = world.now()
    label = f"{arm.key.lower()}-{about}-{index + 1}"
    destination: JsonObject = {"database": "default"}
    if not arm.database:
        definition: JsonObject = {"engine": {"type": "MergeTree"}, "sortingKey": ["id"]}
        destination |= {
            "table": label.replace("-", "_"),
            "managedTable": True,
            "tableDefinition": definition,
            "columns": _COLUMNS,
        }
    given = {**arm.example, **source}
    body: JsonObject = {"name": label, "source": {arm.key: given}, "destination": destination}
    pipe = build_pipe(world, service, arm, body, now - _DAY_S - index)
    if index % 7 == 6 and about != _STORY:
        pipe.set_out(Event.STOP, now - _DAY_S / 2)
    service.pipes[pipe.id] = pipe
    return pipe


def _tell(world: World, service: Service, scenario: Scenario) -> None:
    now = world.now()
    if scenario.trouble:
        lasted_s = TROUBLES[scenario.trouble].lasted_s
        _trouble(world, service, scenario.trouble, now - lasted_s)
    elif scenario.completed:
        arm = next(arm for arm in ARMS if arm.family(arm.example) is Family.SNAPSHOT)
        pipe = _seed_pipe(world, service, arm, 0, _STORY)
        pipe.mark = Mark(pipe_path(pipe.family, Event.CREATE), now - _COMPLETED_S)
    else:
        _seed_pipe(world, service, ARMS[0], 0, _STORY)


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
    if story.tunnel:
        key = service.ssh_keys[BASTION_KEY_ID]
        key.status, key.status_message = SshKeyStatus.FAILED, REFUSALS["without-key"]
        key.validated_at = key.updated_at = since
        source[SSH_KEY_RESOURCE_ID] = key.id
    pipe = _seed_pipe(world, service, BY_KEY[story.arms[0]], 0, _STORY, source)
    pipe.settings = dict(story.settings)
    if is_new_born(story):
        # It never got further, so there is no healthy day behind it.
        pipe.mark, pipe.created_at = Mark(story.steps, since), since
    pipe.suffer(name, since)


def is_new_born(story: Trouble) -> bool:
    """Whether the trouble began with the pipe."""
    return story.steps[-1].state in ("Provisioning", "Snapshot")
