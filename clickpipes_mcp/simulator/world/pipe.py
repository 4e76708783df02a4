"""A ClickPipe: what it is, what it suffers from, and what it has done."""

import math
from dataclasses import dataclass, field

from clickpipes_mcp.simulator.arms import BY_KEY, Arm
from clickpipes_mcp.simulator.documents import JsonObject
from clickpipes_mcp.simulator.lifecycle import (
    DELETE_VISIBLE_S,
    IDLE_STATES,
    INGESTING_STATES,
    LOADING_STATES,
    Event,
    Family,
    Mark,
    path,
    pipe_path,
    seconds_in,
    state_at,
)
from clickpipes_mcp.simulator.troubles import TROUBLES, Cure, Trouble


@dataclass(slots=True)
class Scaling:
    """The replicas of a streaming or object-storage pipe."""

    replicas: int = 1
    cpu_millicores: int = 125
    memory_gb: float = 0.5
    changed_at: float = 0.0


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
