"""The short conversation, as data: one pipe, one fault, one deletion."""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.demo.steps import Chapter, Expected, Reply, Step

ORDERS: Final = "orders"
BROKEN: Final = "kafka-orders-1"
"""The pipe that is there when the scenario begins."""

_WORLD: Final = "destination-access-denied"
_PIPE: Final[Mapping[str, JsonValue]] = {
    "name": ORDERS,
    "source": {
        "type": "confluent",
        "format": "JSONEachRow",
        "brokers": "broker.example.com:9092",
        "topics": "orders",
        "authentication": "PLAIN",
        "credentials": {"username": "reader", "password": "${file:kafka}"},
    },
    "destination": {
        "table": "orders",
        "managed_table": True,
        "table_definition": {"engine": {"type": "MergeTree"}},
        "columns": [
            {"name": "id", "type": "UInt64"},
            {"name": "price", "type": "Decimal(9, 2)"},
        ],
    },
}


def _until_rows_arrive(name: str) -> Step:
    return Step(
        "wait_for_clickpipe",
        {"clickpipe": name},
        highlights=(),
        expected=Expected(facts={"state": "Running"}, mentions=("rows arrive",), patience_s=20),
        scenario=_WORLD,
    )


_MADE: Final = (
    Step(
        "create_kafka_clickpipe",
        {**_PIPE, "dry_run": True},
        person="We have a Confluent topic “orders”. Bring it into ClickHouse.",
        highlights=("name", "source.credentials.password", "dry_run"),
        expected=Expected(mentions=("nothing was sent",)),
        is_brief=True,
        scenario=_WORLD,
    ),
    Step(
        "create_kafka_clickpipe",
        _PIPE,
        highlights=(),
        expected=Expected(facts={"clickpipe.name": ORDERS}),
        is_brief=True,
        scenario=_WORLD,
    ),
    _until_rows_arrive(ORDERS),
)
_MENDED: Final = (
    Step(
        "diagnose_clickpipe",
        {"clickpipe": BROKEN},
        person=f"Why does “{BROKEN}” deliver nothing?",
        expected=Expected(mentions=("destination.access-denied", "GRANT INSERT")),
        scenario=_WORLD,
    ),
    Step(
        "start_clickpipe",
        {"clickpipe": BROKEN},
        person="I have granted that. Go on.",
        highlights=(),
        is_brief=True,
        scenario=_WORLD,
    ),
    _until_rows_arrive(BROKEN),
)
_DELETED: Final = (
    Step(
        "delete_clickpipe",
        {"clickpipe": ORDERS},
        person=f"Delete “{ORDERS}”.",
        reply=Reply("declines", "decline"),
        expected=Expected(error="consent_denied"),
        scenario=_WORLD,
    ),
    Step(
        "delete_clickpipe",
        {"clickpipe": ORDERS},
        person="I looked at the wrong one. Do delete it.",
        reply=Reply(f"types “{ORDERS}”", "accept", {"name": ORDERS}),
        scenario=_WORLD,
    ),
)


def short_chapters() -> tuple[Chapter, ...]:
    """The conversation that fits on one screen."""
    return (
        Chapter("From words to rows", _MADE),
        Chapter("From a symptom to the fix", _MENDED),
        Chapter("Nothing goes without a person", _DELETED),
    )
