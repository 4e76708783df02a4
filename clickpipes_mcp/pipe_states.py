"""The states of a ClickPipe: what they mean, and whether waiting changes them.

Source: `ClickPipe.state` in the OpenAPI contract; ClickPipes lifecycle documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

StateName: TypeAlias = Literal[
    "Unknown",
    "Provisioning",
    "Setup",
    "Snapshot",
    "Resync",
    "Modifying",
    "Stopping",
    "Pausing",
    "Running",
    "Degraded",
    "Stopped",
    "Paused",
    "Completed",
    "Failed",
    "InternalError",
]


class Stage(StrEnum):
    """What to expect next of a state."""

    MOVING = "moving"
    WORKING = "working"
    RESTING = "resting"
    DONE = "done"
    BROKEN = "broken"


class Health(StrEnum):
    """How a pipe fares, as far as its state tells."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    CHANGING = "changing"
    STOPPED = "stopped"


_HEALTH_OF: Mapping[Stage, Health] = {
    Stage.MOVING: Health.CHANGING,
    Stage.WORKING: Health.HEALTHY,
    Stage.RESTING: Health.STOPPED,
    Stage.DONE: Health.HEALTHY,
    Stage.BROKEN: Health.UNHEALTHY,
}


@dataclass(frozen=True)
class State:
    """One state, in words; `is_troubled` where the pipe works and yet has problems.

    `look_again_s` is how soon it is worth to look whether a passing state has passed, in seconds.
    Inferred: stopping and editing take seconds, resources minutes, an initial load hours.
    """

    stage: Stage
    meaning: str
    is_troubled: bool = False
    look_again_s: float = 2.0

    @property
    def health(self) -> Health:
        """How a pipe in this state fares."""
        return Health.UNHEALTHY if self.is_troubled else _HEALTH_OF[self.stage]


STATES: Mapping[str, State] = {
    "Unknown": State(Stage.MOVING, "not reported yet"),
    "Provisioning": State(
        Stage.MOVING, "resources are being set up, which can take minutes", look_again_s=8.0
    ),
    "Setup": State(Stage.MOVING, "creating destination tables and reading the source schema"),
    "Snapshot": State(
        Stage.MOVING, "initial load under way; can take hours and is healthy", look_again_s=10.0
    ),
    "Resync": State(Stage.MOVING, "swapping in the freshly loaded tables"),
    "Modifying": State(Stage.MOVING, "applying a changed configuration"),
    "Stopping": State(Stage.MOVING, "finishing what is in flight"),
    "Pausing": State(Stage.MOVING, "finishing what is in flight"),
    "Running": State(Stage.WORKING, "ingesting"),
    "Degraded": State(Stage.WORKING, "running with problems", is_troubled=True),
    "Stopped": State(Stage.RESTING, "stopped by hand; start it to go on where it was"),
    "Paused": State(
        Stage.RESTING, "paused; the source keeps its change log for it until it is started"
    ),
    "Completed": State(Stage.DONE, "one-time load finished; starting it again does nothing"),
    "Failed": State(Stage.BROKEN, "stopped by an error"),
    "InternalError": State(Stage.BROKEN, "a problem of the platform; support is needed"),
}
_UNHEARD_OF = State(Stage.MOVING, "a state newer than this server knows")


def state_named(name: str) -> State:
    """What is known of a state; unknown names are taken as transitions."""
    return STATES.get(name, _UNHEARD_OF)
