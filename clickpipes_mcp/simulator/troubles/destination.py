"""Troubles of the ClickHouse end.

Source of the texts: ClickHouse exceptions by their codes (252, 241, 497, 60).
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.lifecycle import path
from clickpipes_mcp.simulator.troubles._trouble import Cure, Trouble

_INSERTING: Final = ("kafka", "kinesis", "pubsub", "objectStorage")
_MENDED: Final = frozenset({Cure.START, Cure.SETTINGS})

TROUBLES: Final[Mapping[str, Trouble]] = {
    "too-many-parts": Trouble(
        "destination.too-many-parts",
        _INSERTING,
        path("Degraded"),
        "code: 252, message: Too many parts (3001 with average size of 48.00 KiB) in table "
        "'default.kafka_orders_1'. Merges are processing significantly slower than "
        "inserts. (TOO_MANY_PARTS)",
        says_per_s=1.0,
        sends=0.3,
        latency_ms=240_000,
        parts=3001,
        cures=_MENDED,
        settings={"streaming_max_insert_wait_ms": 500},
    ),
    "memory-limit": Trouble(
        "destination.memory-limit",
        _INSERTING,
        path("Degraded"),
        "code: 241, message: Memory limit (total) exceeded: would use 14.41 GiB (attempt to "
        "allocate chunk of 4194304 bytes), maximum: 14.40 GiB. (MEMORY_LIMIT_EXCEEDED)",
        says_per_s=0.4,
        sends=0.5,
        latency_ms=120_000,
        cures=_MENDED,
    ),
    "destination-access-denied": Trouble(
        "destination.access-denied",
        _INSERTING,
        path(("Running", 60.0), "Failed"),
        "code: 497, message: clickpipes: Not enough privileges. To execute this query, it's "
        "necessary to have the grant INSERT(id, created_at, payload) ON "
        "default.kafka_orders_1. (ACCESS_DENIED)",
        says_per_s=0.2,
        sends=0.0,
        latency_ms=60_000,
    ),
    "table-dropped": Trouble(
        "destination.table-gone",
        _INSERTING,
        path(("Running", 60.0), "Failed"),
        "code: 60, message: Table default.kafka_orders_1 does not exist. (UNKNOWN_TABLE)",
        says_per_s=0.2,
        sends=0.0,
        latency_ms=60_000,
    ),
}
