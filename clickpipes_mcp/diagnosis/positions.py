"""Where a pipe that takes the place of another begins to read, so that nothing is lost or doubled.

Source: ClickPipes documentation: a stopped pipe keeps its offsets in its consumer group, called
`clickpipes-` and the pipe's id unless one was named; a database pipe wants empty tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._scope import KAFKA, KINESIS, PUBSUB

FRESH: Final = "_new"
"""What the names of tables that are filled anew end in."""

_MARGIN: Final = timedelta(minutes=1)
_OFFSET: Final = "offset"
_FOLLOWING: Final = ("cdc", "cdc_only")


def _nothing() -> dict[str, JsonValue]:
    return {}


@dataclass(frozen=True)
class Position:
    """What of a source tells where reading begins, in the words of a create.

    `suffix` is for tables that are filled from the beginning, empty where the old ones go on;
    `stops_first` where the old pipe has to be at rest before the new one begins.
    """

    advice: str
    source: Mapping[str, JsonValue] = field(default_factory=_nothing)
    suffix: str = ""
    stops_first: bool = False


def position_of(facts: Facts, wanted: Mapping[str, JsonValue]) -> Position:
    """Where the successor of a pipe begins; `wanted` is what else it changes of the source."""
    if facts.arm in KAFKA:
        return _in_group(facts, wanted)
    if facts.arm in KINESIS and "iterator_type" not in wanted:
        return _in_stream(_since(facts))
    if facts.arm in PUBSUB and "seek_type" not in wanted:
        return _in_subscription(_since(facts))
    if facts.family is Family.STREAMING:
        advice = "Delete the old pipe first; what it wrote already may come twice."
        return Position(advice)
    return _from_the_beginning(facts)


def consumer_group(facts: Facts) -> str:
    """The group that a Kafka pipe reads in; empty where its id is not known either."""
    named = facts.source.get("consumerGroup")
    return str(named) if named else f"clickpipes-{facts.pipe_id}" if facts.pipe_id else ""


def _in_group(facts: Facts, wanted: Mapping[str, JsonValue]) -> Position:
    if _OFFSET in wanted:
        return Position("A new consumer group begins where offset says; delete the old pipe first.")
    return Position(
        "Stop the old pipe first and delete it last: the consumer group goes on where it stopped, "
        "and offset counts only where the group has none, so nothing is lost or read twice.",
        {"consumer_group": consumer_group(facts), _OFFSET: {"strategy": "from_beginning"}},
        stops_first=True,
    )


def _since(facts: Facts) -> datetime | None:
    """A minute before trouble began, or before the pipe was stopped."""
    began = [row.first for row in facts.log_rows if row.first]
    known = min(began) if began else facts.changed_at
    return known.astimezone(UTC) - _MARGIN if known else None


def _in_stream(since: datetime | None) -> Position:
    if since is None:
        return Position(
            "It reads all that the stream still keeps: nothing is lost, records that are there "
            "already come twice, so remove duplicates.",
            {"iterator_type": "TRIM_HORIZON"},
        )
    return Position(
        "Stop the old pipe first. It reads on from a minute before the trouble began: nothing is "
        "lost, and at most what arrived in between comes twice.",
        {"iterator_type": "AT_TIMESTAMP", "timestamp": int(since.timestamp())},
        stops_first=True,
    )


def _in_subscription(since: datetime | None) -> Position:
    advice = (
        "A new pipe has a subscription of its own: stop the old one first, and delete it last. "
        "Where the topic keeps messages nothing is lost; a few may come twice."
    )
    if since is None:
        earliest: dict[str, JsonValue] = {"seek_type": "earliest"}
        return Position(advice, earliest, stops_first=True)
    at = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    begin: dict[str, JsonValue] = {"seek_type": "timestamp", "seek_timestamp": at}
    return Position(advice, begin, stops_first=True)


def _from_the_beginning(facts: Facts) -> Position:
    settings = facts.source.get("settings")
    mode = settings.get("replicationMode") if isinstance(settings, dict) else None
    again: dict[str, JsonValue] = {"replication_mode": "cdc"} if mode == "cdc_only" else {}
    return Position(
        f"It fills new tables that end in {FRESH} with what the source still holds, so nothing "
        f"comes twice. {_handover(facts, mode)} Then delete the old pipe.",
        {"settings": again} if again else {},
        suffix=FRESH,
    )


def _handover(facts: Facts, mode: JsonValue) -> str:
    """How queries come to the new tables: a pipe that goes on fills its table by its name."""
    if mode in _FOLLOWING or facts.source.get("isContinuous") is True:
        return "Let queries read those: after EXCHANGE TABLES it would go on in the old ones."
    return "Swap them in with EXCHANGE TABLES once it is done."
