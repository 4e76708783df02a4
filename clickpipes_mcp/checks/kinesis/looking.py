"""Asks Kinesis about a data stream, and judges what it read. Nothing is registered or written."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.aws.endpoints import AMAZON, REGION, Endpoints
from clickpipes_mcp.checks.aws.keys import ROLE_UNSEEN, read_key
from clickpipes_mcp.checks.aws.requests import Answer, Aws
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Outcome, Place, Seen, text_of
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.kinesis.facts import Facts, Wish
from clickpipes_mcp.checks.kinesis.prerequisites import JUDGES, role_right
from clickpipes_mcp.checks.kinesis.records import JSON, Sampled, sample
from clickpipes_mcp.checks.shown_records import shown
from clickpipes_mcp.checks.table_proposal import new_table

_MOST_SHARDS: Final = 4
_MOST_RECORDS: Final = 5
"""From each of a few shards; a record may have 10 MB, and a shard gives 2 MB in a second."""
_MOST_STEPS: Final = 3
"""From the oldest record on, a shard may answer with nothing before it comes to the first."""

_UNREAD: Final = Checked(
    "stream",
    Outcome.UNSEEN,
    "The region is not written as Amazon's are. Nothing was sent.",
    "Write it like eu-west-1.",
)


@dataclass(frozen=True)
class StreamLook:
    """A look at a data stream, where Kinesis answers."""

    endpoints: Endpoints = AMAZON

    def __call__(self, place: Place) -> Seen:
        """Read the stream, its shards, and a few records."""
        wish, key = Wish.of(place.configuration), read_key(place.configuration)
        if key is None:
            return Seen((ROLE_UNSEEN, role_right(wish)))
        if not REGION.fullmatch(wish.region):
            return Seen((_UNREAD,))
        try:
            with Aws(place, self.endpoints, key, wish.region) as aws:
                return _told(_Reader(aws, wish).facts())
        except LookEnded as end:
            return Seen((end.why,))


def _told(facts: Facts) -> Seen:
    sampled = facts.sampled or Sampled(None)
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(_notes(facts)),
        proposal={
            "format": facts.wish.format or sampled.format or JSON,
            "iterator_type": facts.wish.start or "TRIM_HORIZON",
        }
        if facts.stream.is_ok
        else {},
        destination=new_table(facts.wish.stream, sampled.columns),
        called=facts.wish.stream if facts.stream.is_ok else "",
        sample=shown(facts.records),
    )


def _notes(facts: Facts) -> Iterator[str]:
    if not facts.stream.is_ok:
        return
    if facts.sampled is None:
        yield "No record was found to read: what the records are cannot be told from here."
    elif facts.sampled.columns:
        yield "Columns and types are proposed from a few records. Look through them."
    elif facts.sampled.found is None:
        yield "The records that were read are of a kind that cannot be told from here."
    if facts.wish.fans_out:
        yield (
            "Registering a consumer writes, so it was not tried; the key's user needs "
            "kinesis:RegisterStreamConsumer and kinesis:SubscribeToShard too."
        )
    if facts.wish.has_registry:
        yield "The schema registry was not looked at."
    if text_of(facts.description, "EncryptionType") == "KMS":
        yield "The stream is encrypted: whoever reads it needs kms:Decrypt on its key."


class _Reader:
    """Reads the facts of a stream while there is time."""

    def __init__(self, aws: Aws, wish: Wish) -> None:
        self._aws = aws
        self._wish = wish
        self._refused: dict[str, Answer] = {}
        self._tried: set[str] = set()

    def facts(self) -> Facts:
        """All there is to judge."""
        stream = self._ask("DescribeStream", StreamName=self._wish.stream, Limit=1)
        shards: list[str] = []
        consumers, records = None, list[bytes]()
        if stream.is_ok:
            listed = self._ask("ListShards", StreamName=self._wish.stream)
            shards = [text_of(one, "ShardId") for one in _rows(listed, "Shards")]
            records = [one for shard in shards[:_MOST_SHARDS] for one in self._records(shard)]
            arn = text_of(_part(stream, "StreamDescription"), "StreamARN")
            consumers = self._consumers(arn) if self._wish.fans_out else None
        return Facts(
            wish=self._wish,
            stream=stream,
            refused=self._refused,
            tried=frozenset(self._tried),
            shards=len(shards),
            consumers=consumers,
            records=records,
            sampled=sample(records, self._wish.format) if any(records) else None,
            now=datetime.now(UTC),
        )

    def _ask(self, action: str, **body: JsonValue) -> Answer:
        answer = self._aws.ask("kinesis", f"Kinesis_20131202.{action}", "1.1", body)
        self._tried.add(action)
        if not answer.is_ok and action != "DescribeStream":
            self._refused[action] = answer
        return answer

    def _records(self, shard: str) -> list[bytes]:
        where: dict[str, JsonValue] = {"StreamName": self._wish.stream, "ShardId": shard}
        start = self._ask("GetShardIterator", **where, ShardIteratorType="TRIM_HORIZON")
        iterator = text_of(start.body, "ShardIterator")
        if not iterator:
            return []
        for _ in range(_MOST_STEPS):
            answer = self._ask("GetRecords", ShardIterator=iterator, Limit=_MOST_RECORDS)
            found = [_data(one) for one in _rows(answer, "Records")]
            iterator = text_of(answer.body, "NextShardIterator")
            if found or not iterator or not answer.body.get("MillisBehindLatest"):
                return found
        return []

    def _consumers(self, arn: str) -> int | None:
        answer = self._ask("ListStreamConsumers", StreamARN=arn)
        return len(_rows(answer, "Consumers")) if answer.is_ok else None


def _data(record: Mapping[str, JsonValue]) -> bytes:
    try:
        return base64.b64decode(text_of(record, "Data"))
    except ValueError:
        return b""


def _part(answer: Answer, name: str) -> Mapping[str, JsonValue]:
    found = answer.body.get(name)
    return found if isinstance(found, dict) else {}


def _rows(answer: Answer, name: str) -> list[Mapping[str, JsonValue]]:
    found = answer.body.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
