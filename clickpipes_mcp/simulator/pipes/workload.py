"""How much a pipe could do and how much it does: compute, rate, delay."""

import hashlib
from typing import Final

from clickpipes_mcp.simulator.documents import child, number
from clickpipes_mcp.simulator.lifecycle import seconds_in
from clickpipes_mcp.simulator.troubles import Trouble
from clickpipes_mcp.simulator.world.pipe import Pipe, Scaling

GIB: Final = 1 << 30
_HEALTHY_MILLICORES: Final = 44.0  # about a third of the smallest replica
_CEILING: Final = 0.97  # no replica is ever seen quite full
_COMFORT: Final = 0.8  # load below which a pipe keeps up
_BASE_MEMORY_SHARE: Final = 0.15
_STREAM_DELAY_MS: Final = 900.0
_SHARED_MILLICORES_EACH: Final = 300.0
_SNAPSHOT_WEIGHT: Final = 3
_AT_WORK: Final = frozenset({"Running", "Degraded", "Snapshot"})
_RETAINING: Final = frozenset({"Paused", "Failed"})
_IDLE_SLOT_MIB: Final = 12.0
_IDLE_SLOT_MIB_PER_S: Final = 0.2  # what a database writes while nobody reads it


def rate(pipe: Pipe) -> float:
    """Events a second of a healthy pipe, stable for its id."""
    return 200.0 + hashlib.sha256(pipe.id.encode()).digest()[0] * 10


def is_enough(scaling: Scaling, trouble: Trouble) -> bool:
    """Whether replicas of this size keep up with what the trouble demands."""
    demand = trouble.demand_millicores or _HEALTHY_MILLICORES
    return scaling.cpu_millicores * scaling.replicas * _COMFORT >= demand


def load(pipe: Pipe, now: float) -> float:
    """The share of its compute that a pipe with replicas of its own uses."""
    if pipe.state(now) not in _AT_WORK:
        return 0.0
    trouble = pipe.present_trouble()
    demand = (trouble.demand_millicores if trouble else None) or _HEALTHY_MILLICORES
    return min(demand / (pipe.scaling.cpu_millicores * pipe.scaling.replicas), _CEILING)


def memory_share(pipe: Pipe, now: float) -> float:
    """The share of its memory that a pipe with replicas of its own uses."""
    used = load(pipe, now)
    return max(used, _BASE_MEMORY_SHARE) if used else 0.0


def delay_ms(pipe: Pipe, now: float) -> float:
    """From produced to written; nothing moves at rest."""
    if pipe.state(now) not in _AT_WORK:
        return 0.0
    trouble = pipe.present_trouble()
    if trouble and trouble.latency_ms is not None:
        return trouble.latency_ms
    if not pipe.kind.database:
        return _STREAM_DELAY_MS
    return number(child(pipe.source, "settings"), "syncIntervalSeconds", 60) * 1000


def retained_mib(pipe: Pipe, now: float) -> float:
    """What the source keeps for the pipe; it grows while nobody reads."""
    trouble = pipe.present_trouble()
    if trouble:
        return _IDLE_SLOT_MIB + (now - pipe.mark.since) * trouble.slot_mib_per_s
    return _IDLE_SLOT_MIB + seconds_in(pipe.mark, _RETAINING, now) * _IDLE_SLOT_MIB_PER_S


def shared_load(pipes: list[Pipe], cpu_millicores: float, now: float) -> float:
    """The share of the compute that all database pipes of a service use together."""
    demand = sum(
        _SHARED_MILLICORES_EACH * (_SNAPSHOT_WEIGHT if pipe.state(now) == "Snapshot" else 1)
        for pipe in pipes
        if pipe.state(now) in _AT_WORK
    )
    return min(demand / cpu_millicores, _CEILING)
