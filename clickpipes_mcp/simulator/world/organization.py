"""What exists in the simulated organization."""

import math
import random
import uuid
from dataclasses import dataclass, field
from typing import Final

from clickpipes_mcp.simulator.arms import BY_KEY, Arm
from clickpipes_mcp.simulator.documents import JsonObject
from clickpipes_mcp.simulator.lifecycle import (
    CDC_SCALING_SETTLES_S,
    DELETE_VISIBLE_S,
    ENDPOINT_DELETE_S,
    IDLE_STATES,
    INGESTING_STATES,
    LOADING_STATES,
    SERVICES,
    Event,
    Family,
    Mark,
    path,
    pipe_path,
    seconds_in,
    state_at,
)
from clickpipes_mcp.simulator.troubles import TROUBLES, Cure, Trouble
from clickpipes_mcp.simulator.world.timeline import Timeline

DEFAULT_ORGANIZATION_ID: Final = "6f0a3d52-1c47-4b8e-9a60-2f7d15c8e001"
DEFAULT_SERVICE_ID: Final = "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002"
IDLE_SERVICE_ID: Final = "d18f6b07-52e9-4c3a-b7f4-613e0a9bd003"
EXISTING_TABLE: Final = "default.existing_rows"


@dataclass(slots=True)
class Scaling:
    """The replicas of a streaming or object-storage pipe."""

    replicas: int = 1
    cpu_millicores: int = 125
    memory_gb: float = 0.5
    changed_at: float = 0.0


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
class Episode:
    """A stretch of trouble: which one, the mark it was lived under, and when it ended."""

    trouble: str
    mark: Mark
    until: float

    def erring_s(self) -> float:
        """How long it went on making errors; a pipe that failed makes no more."""
        limit = 0.0
        for step in self.mark.steps:
            if step.state == "Failed":
                break
            limit += math.inf if step.seconds is None else step.seconds
        return max(min(self.until - self.mark.since, limit), 0.0)

    def log_rows(self) -> int:
        """How many operational errors it left."""
        return int(self.erring_s() * TROUBLES[self.trouble].says_per_s)

    def record_rows(self) -> int:
        """How many refused records it left."""
        return int(self.erring_s() * TROUBLES[self.trouble].records_per_s)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a pipe has done, in seconds at its healthy rate; errors are counted."""

    fetched_s: float = 0.0
    sent_s: float = 0.0
    loaded_s: float = 0.0
    errors: int = 0

    def plus(self, mark: Mark, now: float, trouble: str) -> "Tally":
        """The tally after living under a mark, in this trouble or none, until now."""
        known = TROUBLES.get(trouble)
        ran_s = seconds_in(mark, INGESTING_STATES, now)
        loaded_s = seconds_in(mark, LOADING_STATES, now)
        fetches, sends = (known.fetches, known.sends) if known else (1.0, 1.0)
        episode = Episode(trouble, mark, now)
        return Tally(
            self.fetched_s + ran_s * fetches,
            self.sent_s + ran_s * sends,
            self.loaded_s + loaded_s * fetches,
            self.errors + (episode.log_rows() + episode.record_rows() if known else 0),
        )


@dataclass(slots=True)
class Pipe:
    """One ClickPipe. Secrets were dropped before this exists.

    `trouble` is what is wrong with it, `suffers` whether it shows under the present mark: a
    stopped pipe does not. What lies behind is in `tally` and `episodes`.
    """

    id: str
    service_id: str
    name: str
    arm: str
    family: Family
    source: JsonObject
    destination: JsonObject
    mark: Mark
    created_at: float
    updated_at: float
    field_mappings: list[JsonObject] = field(default_factory=list)
    settings: JsonObject = field(default_factory=dict)
    scaling: Scaling = field(default_factory=Scaling)
    tally: Tally = field(default_factory=Tally)
    episodes: list[Episode] = field(default_factory=list)
    deleted_at: float | None = None
    trouble: str = ""
    suffers: bool = False

    @property
    def kind(self) -> Arm:
        """What is known of its source."""
        return BY_KEY[self.arm]

    def state(self, now: float) -> str:
        """Its state at this time."""
        return state_at(self.mark, now)

    def present_trouble(self) -> Trouble | None:
        """What it suffers from under the present mark."""
        return TROUBLES.get(self.trouble) if self.suffers else None

    def totals(self, now: float) -> Tally:
        """What it has done in all its life by now."""
        end = now if self.deleted_at is None else min(now, self.deleted_at)
        return self.tally.plus(self.mark, end, self.trouble if self.suffers else "")

    def troubled_times(self, now: float) -> list[Episode]:
        """The stretches of its life that left rows behind, oldest first."""
        if not self.suffers:
            return self.episodes
        end = now if self.deleted_at is None else min(now, self.deleted_at)
        return [*self.episodes, Episode(self.trouble, self.mark, end)]

    def set_out(self, event: Event, now: float) -> None:
        """Start on the path of an event, into the trouble that is still there."""
        steps = pipe_path(self.family, event)
        self._turn(Mark(steps, now))
        trouble = TROUBLES.get(self.trouble)
        if trouble is not None and event not in (Event.STOP, Event.CREATE_PAUSED):
            self.suffers = True
            self.mark = Mark((*steps[:1], *trouble.steps), now)

    def suffer(self, trouble: str, since: float) -> None:
        """Begin to suffer from a trouble."""
        self._turn(Mark(TROUBLES[trouble].steps, since))
        self.trouble, self.suffers = trouble, True

    def mend(self, cure: Cure, now: float) -> None:
        """End the trouble where this is its cure; a pipe that failed still waits for its start."""
        trouble = TROUBLES.get(self.trouble)
        if trouble is None or cure not in trouble.cures:
            return
        if self.suffers:
            state = self.state(now)
            self._turn(Mark(path(state if state in IDLE_STATES else "Running"), now))
        self.trouble = ""

    def _turn(self, mark: Mark) -> None:
        now = mark.since
        self.episodes = self.troubled_times(now)
        self.tally = self.totals(now)
        self.mark, self.suffers = mark, False

    def is_gone(self, now: float) -> bool:
        """Whether its delete has come through."""
        return self.deleted_at is not None and now - self.deleted_at >= DELETE_VISIBLE_S


@dataclass(slots=True)
class Endpoint:
    """A reverse private endpoint."""

    id: str
    service_id: str
    request: JsonObject
    mark: Mark
    deleted_at: float | None = None

    def is_gone(self, now: float) -> bool:
        """Whether its delete has come through."""
        return self.deleted_at is not None and now - self.deleted_at >= ENDPOINT_DELETE_S


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
    tables: dict[str, int] = field(default_factory=dict)
    cdc: CdcScaling = field(default_factory=CdcScaling)
    query_endpoint: JsonObject | None = None

    def state(self, now: float) -> str:
        """The state of the service at this time."""
        return state_at(self.mark, now)

    def visible_pipes(self, now: float) -> list[Pipe]:
        """The pipes a list answers, oldest first."""
        return [pipe for pipe in self.pipes.values() if not pipe.is_gone(now)]

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
