"""What exists in the simulated organization."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clickpipes_mcp.simulator.contract import SSH_KEY_RESOURCE_ID
from clickpipes_mcp.simulator.documents import JsonObject, text
from clickpipes_mcp.simulator.lifecycle import CDC_SCALING_SETTLES_S, SERVICES, Mark, state_at
from clickpipes_mcp.simulator.world.network import Endpoint, SshKey
from clickpipes_mcp.simulator.world.pipe import Pipe
from clickpipes_mcp.simulator.world.timeline import Timeline

DEFAULT_ORGANIZATION_ID: Final = "6f0a3d52-1c47-4b8e-9a60-2f7d15c8e001"
DEFAULT_SERVICE_ID: Final = "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002"
IDLE_SERVICE_ID: Final = "d18f6b07-52e9-4c3a-b7f4-613e0a9bd003"
BASTION_KEY_ID: Final = "5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004"
EXISTING_TABLE: Final = "default.existing_rows"


@dataclass(slots=True)
class CdcScaling:
    """The compute that all database pipes of a service share, and what it is becoming."""

    cpu_millicores: int = 2000
    memory_gb: float = 8
    target_cpu_millicores: int = 2000
    target_memory_gb: float = 8
    changed_at: float = 0.0

    def at(self, now: float) -> tuple[int, float]:
        """Millicores and memory (GB) in effect."""
        if now - self.changed_at >= CDC_SCALING_SETTLES_S:
            return self.target_cpu_millicores, self.target_memory_gb
        return self.cpu_millicores, self.memory_gb


@dataclass(slots=True)
class Service:
    """A ClickHouse service and what hangs on it. `tables` maps `database.table` to rows."""

    id: str
    name: str
    provider: str
    region: str
    mark: Mark
    created_at: float
    pipes: dict[str, Pipe] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    ssh_keys: dict[str, SshKey] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    cdc: CdcScaling = field(default_factory=CdcScaling)
    query_endpoint: JsonObject | None = None

    def state(self, now: float) -> str:
        """The state of the service at this time."""
        return state_at(self.mark, now)

    def visible_pipes(self, now: float) -> list[Pipe]:
        """The pipes a list answers, oldest first."""
        return [pipe for pipe in self.pipes.values() if not pipe.is_gone(now)]

    def visible_endpoints(self, now: float) -> list[Endpoint]:
        """The reverse private endpoints a list answers, oldest first."""
        return [one for one in self.endpoints.values() if not one.is_gone(now)]

    def pipes_through(self, key: SshKey, now: float) -> Iterator[Pipe]:
        """The pipes that reach their source with an SSH key."""
        return (
            pipe
            for pipe in self.visible_pipes(now)
            if pipe.deleted_at is None and text(pipe.source, SSH_KEY_RESOURCE_ID) == key.id
        )

    def has_database_pipe(self, now: float) -> bool:
        """Whether shared compute exists."""
        return any(
            pipe.kind.database and pipe.deleted_at is None for pipe in self.visible_pipes(now)
        )


@dataclass(slots=True)
class World:
    """The one organization. Every change goes with `touch`, so that a store can follow."""

    timeline: Timeline
    rng: random.Random
    request_rng: random.Random
    services: dict[str, Service]
    organization_id: str = DEFAULT_ORGANIZATION_ID
    organization_name: str = "Simulated organization"
    created_at: float = 0.0
    revision: int = 0

    def now(self) -> float:
        """The simulated time in seconds."""
        return self.timeline.now()

    def new_id(self) -> str:
        """A seeded UUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def new_request_id(self) -> str:
        """A seeded UUID for an answer, apart from those of things."""
        return str(uuid.UUID(int=self.request_rng.getrandbits(128), version=4))

    def become(self, other: "World") -> None:
        """Be as another world is, which is not used any more."""
        self.services, self.created_at = other.services, other.created_at
        self.revision, self.rng = other.revision, other.rng
        self.timeline.resume(*other.timeline.origins())

    def touch(self) -> None:
        """Note that something changed."""
        self.revision += 1


def fall_asleep(world: World) -> None:
    """Let the running services of a world go idle."""
    now = world.now()
    for service in world.services.values():
        if service.state(now) == "running":
            service.mark = Mark(SERVICES["idle"], now)
            world.touch()
