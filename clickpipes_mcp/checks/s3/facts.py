"""What was read of a bucket, and of the queue that is told of new files."""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.aws.requests import Answer
from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.files.prerequisites import FileFacts
from clickpipes_mcp.checks.s3.addresses import Bucket, QueueAddress

STORE: Final = "s3"
_SENDERS: Final = (STORE, "events", "sns")
"""The services that events of a bucket come to a queue from."""

_SEND: Final = "sqs:sendmessage"


@dataclass(frozen=True)
class Queue:
    """The queue of a source; `notifications` is what the bucket sends out, if the key may see."""

    address: QueueAddress
    answer: Answer
    notifications: Answer

    @property
    def attributes(self) -> Mapping[str, JsonValue]:
        return part_of(self.answer.body, "Attributes")

    def senders(self, bucket: str) -> frozenset[str]:
        """The services that its own policy lets send to it, for this bucket."""
        return frozenset(
            service
            for statement in _statements(text_of(self.attributes, "Policy"))
            for service in _lets_send(statement, bucket)
        )


def _statements(policy: str) -> Iterator[Mapping[str, JsonValue]]:
    try:
        read = json.loads(policy)
    except (ValueError, RecursionError):
        return
    for one in _each(read.get("Statement") if isinstance(read, dict) else None):
        if isinstance(one, dict):
            yield one


def _each(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _lets_send(statement: Mapping[str, JsonValue], bucket: str) -> Iterator[str]:
    actions = [str(one).casefold() for one in _each(statement.get("Action"))]
    if statement.get("Effect") != "Allow" or not any(
        fnmatch.fnmatchcase(_SEND, one) for one in actions
    ):
        return
    sources = list(_sources(statement))
    for service in _services(statement.get("Principal")):
        own = [one for one in sources if one.split(":")[2:3] in ([service], ["*"])]
        if not sources or any(service != STORE or fnmatch.fnmatchcase(bucket, one) for one in own):
            yield service


def _services(principal: JsonValue) -> Iterator[str]:
    given = principal if isinstance(principal, dict) else {"AWS": principal}
    if "*" in _each(given.get("AWS")):
        yield from _SENDERS
    for one in _each(given.get("Service")):
        name = str(one).partition(".")[0]
        if name in _SENDERS:
            yield name


def _sources(statement: Mapping[str, JsonValue]) -> Iterator[str]:
    for condition in part_of(statement, "Condition").values():
        if isinstance(condition, dict):
            for name, values in condition.items():
                if name.casefold() == "aws:sourcearn":
                    yield from map(str, _each(values))


@dataclass(frozen=True)
class Facts:
    """All that was read. `page` is the first answer to the listing, `region` the bucket's own.

    `content` is the answer to reading a file. `archived` are names of files that have to be
    restored before anybody can read them. `queue_url` is empty where there is no queue, and `queue`
    None where it was not asked about.
    """

    bucket: Bucket
    by_role: bool
    has_key: bool
    region: str
    page: Answer
    content: Answer | None
    files: FileFacts | None
    archived: tuple[str, ...]
    queue_url: str
    queue: Queue | None
