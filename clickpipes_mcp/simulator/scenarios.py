"""Stories a world can tell: troubles whose states, metrics and log rows agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.simulator.lifecycle import Step, path


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a pipe: the path of its state, its numbers, the line it logs.

    `arms` are the kinds of source it happens to. Factors are shares of the healthy rate.
    """

    arms: frozenset[str]
    steps: tuple[Step, ...]
    log: str
    error_code: str = ""
    fetch_factor: float = 1.0
    send_factor: float = 0.999
    errors_per_s: float = 0.0
    latency_ms: float = 0.0
    load: float = 0.35
    slot_mib_per_s: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A named world: the troubles of its pipes and the state of its service."""

    name: str
    troubles: tuple[str, ...] = ()
    service: str = "running"
    rate_limit: bool = False


_STREAMS: Final = frozenset({"kafka", "kinesis", "pubsub"})
EMPTY_TROUBLE: Final = Trouble(frozenset(), (), "")
TROUBLES: Final[Mapping[str, Trouble]] = {
    "broker-down": Trouble(
        frozenset({"kafka"}),
        # A source out of reach stops the pipe after a quarter of an hour (documentation).
        path(("Running", 900.0), "Failed"),
        "dial tcp: connection refused: no brokers available",
        fetch_factor=0.5,
        errors_per_s=0.2,
        latency_ms=90_000,
        load=0.02,
    ),
    "schema-registry-down": Trouble(
        frozenset({"kafka"}),
        path("Degraded"),
        "failed to fetch schema from registry: context deadline exceeded",
        error_code="SOURCE_SCHEMA_ERROR",
        send_factor=0.2,
        errors_per_s=5.0,
        latency_ms=45_000,
    ),
    "malformed-records": Trouble(
        _STREAMS,
        path("Running"),
        "record could not be parsed into the destination columns",
        error_code="DATA_PARSING_ERROR",
        send_factor=0.8,
        errors_per_s=3.0,
    ),
    "too-many-parts": Trouble(
        _STREAMS | {"objectStorage"},
        path("Degraded"),
        "code: 252, message: Too many parts in the table. Merges are processing significantly "
        "slower than inserts",
        send_factor=0.3,
        errors_per_s=1.0,
        latency_ms=240_000,
    ),
    "undersized": Trouble(
        _STREAMS,
        path("Running"),
        "replica is short of memory",
        send_factor=0.7,
        latency_ms=30_000,
        load=0.97,
    ),
    "access-denied": Trouble(
        frozenset({"objectStorage", "kinesis"}),
        path("Failed"),
        "AccessDenied: the role is not authorized to read the source",
        fetch_factor=0.1,
        errors_per_s=0.1,
        load=0.0,
    ),
    "slot-lost": Trouble(
        frozenset({"postgres"}),
        path("Failed"),
        "replication slot is lost: requested WAL segment has already been removed",
        fetch_factor=0.6,
        errors_per_s=0.05,
        latency_ms=3_600_000,
        slot_mib_per_s=2.0,
    ),
    "slot-growing": Trouble(
        frozenset({"postgres"}),
        path("Running"),
        "replication lag is growing",
        send_factor=0.4,
        latency_ms=1_200_000,
        slot_mib_per_s=1.5,
    ),
}
SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (
        *(Scenario(name, (name,)) for name in TROUBLES),
        Scenario("completed-snapshot"),
        Scenario("idle-service", service="idle"),
        Scenario("stopped-service", service="stopped"),
        Scenario("throttled", rate_limit=True),
    )
}
