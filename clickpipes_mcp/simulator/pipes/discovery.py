"""Schema discovery: the fields a sample of the source would show."""

import hashlib
from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.arms import DISCOVERY
from clickpipes_mcp.simulator.documents import Document, JsonObject, strings
from clickpipes_mcp.simulator.envelope import bad_request
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.pipes.bastions import require_tunnel
from clickpipes_mcp.simulator.pipes.creation import new_source, require_running
from clickpipes_mcp.simulator.pipes.probing import failure
from clickpipes_mcp.simulator.world.organization import Service, World

Fields = tuple[tuple[str, str, bool], ...]

# What lies in a topic or bucket is chosen by a word in its name, else by a stable hash.
SAMPLES: Final[Mapping[str, Fields]] = {
    "orders": (
        ("order_id", "UInt64", False),
        ("customer_id", "UInt64", False),
        ("amount", "Decimal(18, 2)", False),
        ("currency", "LowCardinality(String)", False),
        ("placed_at", "DateTime64(3)", False),
        ("note", "Nullable(String)", True),
    ),
    "clicks": (
        ("event_id", "UUID", False),
        ("user_id", "Nullable(UInt64)", True),
        ("url", "String", False),
        ("occurred_at", "DateTime64(3)", False),
        ("properties", "String", True),
    ),
    "sensors": (
        ("device", "String", False),
        ("reading", "Float64", False),
        ("unit", "LowCardinality(String)", False),
        ("measured_at", "DateTime", False),
    ),
}


def discover(world: World, service: Service, body: JsonObject, board: FaultBoard) -> JsonObject:
    """The fields and meta of a source. Raises ApiError as a create of it would."""
    arm, source = new_source(body, DISCOVERY)
    for problem in arm.rules(source):
        raise bad_request(problem)
    if arm.samples_at_service:
        require_running(world, service)
    require_tunnel(service, source, board)
    failed = failure(arm, source, board)
    if failed:
        raise bad_request(failed)
    return {
        "fields": [
            {"name": name, "type": kind, "optional": optional}
            for name, kind, optional in _sample(arm.addresses, source)
        ],
        "meta": None,
    }


def _sample(addresses: tuple[str, ...], source: Document) -> Fields:
    named = " ".join(strings([source.get(key) for key in addresses]))
    for word, fields in SAMPLES.items():
        if word[:-1] in named:
            return fields
    digest = hashlib.sha256(named.encode()).digest()[0]
    return tuple(SAMPLES.values())[digest % len(SAMPLES)]
