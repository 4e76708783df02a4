"""How long everything takes to become what it becomes: transition tables and pure readings.

A thing carries a `Mark`: the steps it goes through and when it set out. What it is now follows
from the mark and the time alone, so nothing moves because it was looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """One state and how long it lasts in simulated seconds; without a length it stays."""

    state: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The steps a thing goes through, and when it set out (simulated seconds)."""

    steps: tuple[Step, ...]
    since: float


class Family(StrEnum):
    """Pipes that live alike."""

    STREAMING = "streaming"
    CONTINUOUS_FILES = "continuous_files"
    ONE_SHOT_FILES = "one_shot_files"
    CDC = "cdc"
    CDC_ONLY = "cdc_only"
    SNAPSHOT = "snapshot"


class Event(StrEnum):
    """What sets a pipe on its way."""

    CREATE = "create"
    CREATE_PAUSED = "create_paused"
    STOP = "stop"
    START = "start"
    RESYNC = "resync"
    ADD_TABLES = "add_tables"
    CHANGE = "change"


def path(*steps: str | tuple[str, float]) -> tuple[Step, ...]:
    """Steps from a table row: a pair lasts, a bare state stays."""
    return tuple(Step(step) if isinstance(step, str) else Step(*step) for step in steps)


FIRST_DATABASE_PROVISIONING_S: Final = 60.0  # shared infrastructure comes up with the first one
LATER_DATABASE_PROVISIONING_S: Final = 10.0
DELETE_VISIBLE_S: Final = 3.0
SCALING_SETTLES_S: Final = 3.0
CDC_SCALING_SETTLES_S: Final = 120.0
ENDPOINT_DELETE_S: Final = 10.0

_PROVISION = ("Provisioning", 20.0)
_DATABASE = ("Provisioning", LATER_DATABASE_PROVISIONING_S)
_SETUP = ("Setup", 5.0)
_SNAPSHOT = ("Snapshot", 20.0)
_MODIFYING = ("Modifying", 5.0)
_RESYNC = ("Resync", 5.0)

_STREAMING: Mapping[Event, tuple[Step, ...]] = {
    Event.CREATE: path(_PROVISION, "Running"),
    Event.CREATE_PAUSED: path("Stopped"),
    Event.STOP: path(("Stopping", 5.0), "Stopped"),
    Event.START: path(_PROVISION, "Running"),
    Event.CHANGE: path(_MODIFYING, "Running"),
}
_ONE_SHOT: Mapping[Event, tuple[Step, ...]] = {
    **_STREAMING,
    Event.CREATE: path(_PROVISION, ("Running", 20.0), "Completed"),
    Event.START: path(_PROVISION, ("Running", 20.0), "Completed"),
    Event.CHANGE: path(_MODIFYING, ("Running", 20.0), "Completed"),
}
_CDC: Mapping[Event, tuple[Step, ...]] = {
    Event.CREATE: path(_DATABASE, _SETUP, _SNAPSHOT, "Running"),
    Event.STOP: path(("Pausing", 5.0), "Paused"),
    Event.START: path(_SETUP, "Running"),
    Event.RESYNC: path(_RESYNC, _SNAPSHOT, "Running"),
    Event.ADD_TABLES: path(_SETUP, _SNAPSHOT, "Running"),
    Event.CHANGE: path(_MODIFYING, "Running"),
}
_CDC_ONLY: Mapping[Event, tuple[Step, ...]] = {
    **_CDC,
    Event.CREATE: path(_DATABASE, _SETUP, "Running"),
    Event.RESYNC: path(_RESYNC, _SETUP, "Running"),
}
_SNAPSHOT_ONLY: Mapping[Event, tuple[Step, ...]] = {
    **_CDC,
    Event.CREATE: path(_DATABASE, _SETUP, _SNAPSHOT, "Completed"),
    Event.START: path(_SETUP, _SNAPSHOT, "Completed"),
    Event.RESYNC: path(_RESYNC, _SNAPSHOT, "Completed"),
    Event.ADD_TABLES: path(_SETUP, _SNAPSHOT, "Completed"),
    Event.CHANGE: path(_MODIFYING, _SNAPSHOT, "Completed"),
}
PIPES: Final[Mapping[Family, Mapping[Event, tuple[Step, ...]]]] = {
    Family.STREAMING: _STREAMING,
    Family.CONTINUOUS_FILES: _STREAMING,
    Family.ONE_SHOT_FILES: _ONE_SHOT,
    Family.CDC: _CDC,
    Family.CDC_ONLY: _CDC_ONLY,
    Family.SNAPSHOT: _SNAPSHOT_ONLY,
}
SERVICES: Final[Mapping[str, tuple[Step, ...]]] = {
    "running": path("running"),
    "idle": path("idle"),
    "stopped": path("stopped"),
    "awake": path(("awaking", 8.0), ("partially_running", 2.0), "running"),
    "start": path(("starting", 15.0), "running"),
    "stop": path(("stopping", 8.0), "stopped"),
}
ENDPOINTS: Final[Mapping[str, tuple[Step, ...]]] = {
    "accepted": path(("Provisioning", 10.0), "Ready"),
    "pending": path(("Provisioning", 10.0), ("PendingAcceptance", 60.0), "Ready"),
    "rejected": path(("Provisioning", 10.0), ("PendingAcceptance", 30.0), "Rejected"),
    "expired": path(("Provisioning", 10.0), ("PendingAcceptance", 30.0), "Expired"),
    "failed": path(("Provisioning", 10.0), "Failed"),
    # Nobody accepts it; the request lapses after a day (ClickPipes documentation, PrivateLink).
    "unanswered": path(("Provisioning", 10.0), ("PendingAcceptance", 86_400.0), "Expired"),
    "delete": path("Deleting"),
}

IDLE_STATES: Final = frozenset({"Stopped", "Paused", "Stopping", "Pausing", "Failed"})
INGESTING_STATES: Final = frozenset({"Running", "Snapshot", "Degraded"})
LOADING_STATES: Final = frozenset({"Snapshot"})


def state_at(mark: Mark, now: float) -> str:
    """The state of whatever carries this mark at this time."""
    left = now - mark.since
    for step in mark.steps:
        if step.seconds is None or left < step.seconds:
            return step.state
        left -= step.seconds
    return mark.steps[-1].state


def seconds_in(mark: Mark, states: frozenset[str], now: float) -> float:
    """How long the mark has been in any of these states by now."""
    left = max(now - mark.since, 0.0)
    total = 0.0
    for step in mark.steps:
        spent = left if step.seconds is None else min(left, step.seconds)
        if step.state in states:
            total += spent
        left -= spent
    return total


def pipe_path(family: Family, event: Event, *, is_first_database: bool = False) -> tuple[Step, ...]:
    """The steps of a pipe after an event; the first database pipe waits for shared compute."""
    steps = PIPES[family][event]
    if not is_first_database:
        return steps
    slow = replace(steps[0], seconds=FIRST_DATABASE_PROVISIONING_S)
    return (slow, *steps[1:])
