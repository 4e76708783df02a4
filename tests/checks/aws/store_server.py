"""An S3 and a Kinesis on this machine, which answer as the references of the services document it.

It is ours, for what moto never answers: refusals of a store, keys that encrypt, and regions.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from clickpipes_mcp.checks.aws.endpoints import Endpoints
from tests.checks.answering_server import answering_server

LIST = "/bucket"
FILE = "/bucket/events/1.json"
ROWS = b'{"id": 1}\n'
PAGE = f"""<?xml version="1.0"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>
<Contents><Key>events/1.json</Key><Size>{len(ROWS)}</Size>
<LastModified>2026-01-31T06:30:00.000Z</LastModified></Contents></ListBucketResult>"""
STREAM = {
    "StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
    "StreamStatus": "ACTIVE",
    "RetentionPeriodHours": 24,
    "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
    "EncryptionType": "KMS",
}
STREAM_ANSWERS: Mapping[str, Any] = {
    "DescribeStream": {"StreamDescription": STREAM},
    "ListShards": {"Shards": [{"ShardId": "shardId-0"}]},
    "GetShardIterator": {"ShardIterator": "x"},
    "GetRecords": {"Records": [{"Data": "eyJpZCI6IDF9"}, {"Data": "?"}]},
    "ListStreamConsumers": {"Consumers": [{}] * 3},
}


@dataclass
class Store:
    """Answers by path or by action: a status, headers and content."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    moved_to: str = ""

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(f"http://127.0.0.1:{self.port}")

    def fill(self) -> None:
        """A bucket with a file, and a stream with a record."""
        self.put(LIST, PAGE.encode(), **{"x-amz-bucket-region": "eu-west-1"})
        self.put(FILE, ROWS)
        for action, answer in STREAM_ANSWERS.items():
            self.put(action, answer)

    def put(self, where: str, content: Any, status: int = 200, **headers: str) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers[where] = (status, headers, raw)

    def refuse(self, where: str, code: str, status: int = 403) -> None:
        self.put(
            where, f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode(), status
        )

    def fail(self, action: str, code: str, status: int = 400) -> None:
        self.put(action, {"__type": f"com.amazonaws#{code}", "message": "No."}, status)

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        where = headers.get("X-Amz-Target", path.partition("?")[0]).rpartition(".")[2]
        where = path.partition("?")[0] if path != "/" else where
        if path.endswith("?notification="):
            where = "notification"
        self.asked.append((where, headers))
        if self.moved_to and f"/{self.moved_to}/" not in headers.get("Authorization", ""):
            return 301, {"x-amz-bucket-region": self.moved_to}, b"<Error/>"
        return self.answers.get(where, (404, {}, b"<Error><Code>NoSuchBucket</Code></Error>"))


@contextmanager
def running_store() -> Iterator[Store]:
    """It listens on a port of this machine."""
    store = Store()
    store.fill()
    with answering_server(lambda _, path, headers, __: store.answer(path, dict(headers))) as port:
        store.port = port
        yield store
