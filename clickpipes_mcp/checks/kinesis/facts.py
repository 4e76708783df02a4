"""What was read of a data stream, and what the pipe asks of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from clickpipes_mcp.checks.aws.requests import Answer
from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.kinesis.records import Sampled


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for; `since` is None where it does not start at a time."""

    stream: str
    region: str
    format: str
    start: str
    since: datetime | None
    fans_out: bool
    has_registry: bool

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue]) -> "Wish":
        """Reads it from a configuration under the API's keys."""
        start, seconds = text_of(configuration, "iteratorType"), configuration.get("timestamp")
        is_at_time = start == "AT_TIMESTAMP" and isinstance(seconds, int)
        return cls(
            stream=text_of(configuration, "streamName"),
            region=text_of(configuration, "region"),
            format=text_of(configuration, "format"),
            start=start,
            since=datetime.fromtimestamp(int(str(seconds)), UTC) if is_at_time else None,
            fans_out=configuration.get("useEnhancedFanOut") is True,
            has_registry=bool(part_of(configuration, "schemaRegistry")),
        )


@dataclass(frozen=True)
class Facts:
    """All that was read. `refused` are actions the key may not do, with what was answered.

    `consumers` are those with throughput of their own; None where nobody told.
    """

    wish: Wish
    stream: Answer
    refused: Mapping[str, Answer]
    tried: frozenset[str]
    shards: int
    consumers: int | None
    records: Sequence[bytes] = field(repr=False)
    sampled: Sampled | None
    now: datetime

    @property
    def description(self) -> Mapping[str, JsonValue]:
        return part_of(self.stream.body, "StreamDescription")

    @property
    def arn(self) -> str:
        return text_of(self.description, "StreamARN")

    @property
    def kept_hours(self) -> int:
        """For how long the stream keeps records."""
        hours = self.description.get("RetentionPeriodHours")
        return hours if isinstance(hours, int) else 0
