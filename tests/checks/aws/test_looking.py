"""What a look at S3, its queue and Kinesis finds in moto's server: each fault, nothing else."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pyarrow
import pytest
from moto.s3.models import s3_backends
from pyarrow import parquet

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.kinesis.looking import StreamLook
from clickpipes_mcp.checks.kinesis.prerequisites import ACTIONS
from clickpipes_mcp.checks.s3.looking import BucketLook
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.aws.moto_server import REGION, MotoServer, running_moto
from tests.checks.fault_table import Fault, looked_at, not_ok

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ACCOUNT = "123456789012"
URL = f"https://bucket.s3.{REGION}.amazonaws.com/events/*.json"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/events"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"
BY_QUEUE = {"queueUrl": QUEUE}
ROWS = b'{"id": 1, "note": "a secret word"}\n'
BUCKET_ACTIONS = ("s3:ListBucket", "s3:GetObject", "s3:GetBucketNotification")
QUEUE_ACTIONS = ("sqs:GetQueueAttributes",)
PUBLIC = {"authentication": None, "accessKey": None}
ROLE = {"authentication": "IAM_ROLE", "iamRole": "arn:aws:iam::123456789012:role/x"}


@pytest.fixture(scope="module")
def aws() -> Iterator[MotoServer]:
    with running_moto() as running:
        where = {"LocationConstraint": REGION}
        running.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=where)
        running.sqs.create_queue(QueueName="events")
        running.sqs.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})
        for name in ("json", "avro", "empty", "packed", "many"):
            running.kinesis.create_stream(StreamName=name, ShardCount=2)
        for name, data in {
            "json": ROWS,
            "avro": b"\x00\x00\x00\x00\x01x",
            "packed": gzip.compress(ROWS),
            "many": b"\xf3\x89\x9a\xc2x",
        }.items():
            running.kinesis.put_record(StreamName=name, Data=data, PartitionKey="1")
        restore(running)
        yield running


def restore(aws: MotoServer) -> None:
    """All is there and allowed."""
    for one in aws.s3.list_objects_v2(Bucket="bucket").get("Contents", ()):
        aws.s3.delete_object(Bucket="bucket", Key=one["Key"])
    for name in ("events/1.json", "events/2.json"):
        _put(ROWS, name)(aws)
    _notify("s3:ObjectCreated:*")(aws)
    _policy()(aws)
    aws.allow(*BUCKET_ACTIONS, *QUEUE_ACTIONS, *ACTIONS, "kinesis:ListStreamConsumers")


def _policy(key: str = "", **changes: Any) -> Callable[[MotoServer], None]:
    def happen(aws: MotoServer) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "SQS:SendMessage",
            "Resource": QUEUE_ARN,
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket"}},
            **changes,
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.sqs.set_queue_attributes(
            QueueUrl=f"{aws.address}/{ACCOUNT}/events",
            Attributes={"Policy": text, "KmsMasterKeyId": key},
        )

    return happen


def _notify(*events: str, **changes: Any) -> Callable[[MotoServer], None]:
    def happen(aws: MotoServer) -> None:
        own = {"QueueArn": QUEUE_ARN, "Events": list(events), **changes}
        aws.s3.put_bucket_notification_configuration(
            Bucket="bucket",
            NotificationConfiguration={"QueueConfigurations": [own]} if events else {},
            SkipDestinationValidation=True,
        )

    return happen


def _filtered(name: str, value: str) -> Callable[[MotoServer], None]:
    rules = {"Key": {"FilterRules": [{"Name": name, "Value": value}]}}
    return _notify("s3:ObjectCreated:*", Filter=rules)


def _put(content: bytes, key: str = "events/2.json", **how: Any) -> Callable[[MotoServer], object]:
    return lambda aws: aws.s3.put_object(Bucket="bucket", Key=key, Body=content, **how)


def _late(_: MotoServer) -> None:
    s3_backends[ACCOUNT]["aws"].buckets["bucket"].keys["events/1.json"].last_modified += timedelta(
        hours=1
    )


def _only(*actions: str) -> Callable[[MotoServer], None]:
    return lambda aws: aws.allow(*actions)


FILE_FAULTS = (
    Fault("bucket", source={"url": URL.replace("bucket", "nowhere")}),
    Fault("bucket", source={"url": "https://files.example.com/bucket/*"}, outcome=Outcome.UNSEEN),
    Fault("login", source={"accessKey": {"accessKeyId": "nobody", "secretKey": "x"}}),
    Fault("list-right", _only("s3:GetObject")),
    Fault("read-right", _only("s3:ListBucket")),
    Fault("storage-class", _put(ROWS, "events/0.json", StorageClass="GLACIER")),
    Fault("files-match", source={"url": URL.replace("events", "Events")}),
    Fault("files-match", source={"startAfter": "events/2.json"}),
    Fault("key-order", _late),
    Fault("format", source={"format": "Parquet"}),
    Fault("format", source={"compression": "gzip"}),
    Fault("format", _put(b"id,note\n1,x\n")),
    Fault("queue", source={"queueUrl": QUEUE.replace("events", "none")}),
    Fault("queue-right", _only(*BUCKET_ACTIONS), BY_QUEUE),
    Fault("queue-policy", _policy(Effect="Deny"), BY_QUEUE),
    Fault("queue-policy", _policy(Action="SQS:ReceiveMessage"), BY_QUEUE),
    Fault(
        "queue-policy", _policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}),
        BY_QUEUE,
    ),
    Fault("queue-kind", _policy("alias/aws/sqs"), BY_QUEUE),
    Fault("queue-events", _notify(), BY_QUEUE),
    Fault("queue-events", _notify("s3:ObjectCreated:Put"), BY_QUEUE),
    Fault("queue-events", _filtered("prefix", "other/"), BY_QUEUE),
    Fault("queue-events", _filtered("suffix", ".csv"), BY_QUEUE),
    Fault("queue-events", _policy(Principal={"Service": "events.amazonaws.com"}, Condition={}),
          BY_QUEUE),
)  # fmt: skip
KEPT_FILES = (
    Fault("all it needs"),
    Fault("a queue", source=BY_QUEUE),
    Fault("names that are written in codes", _put(ROWS, "events/a b+ä'(1)~.json")),
    Fault("a queue whose events it may not see",
          _only("s3:ListBucket", "s3:GetObject", *QUEUE_ACTIONS), BY_QUEUE),
    Fault("files in any order behind a queue", _late, BY_QUEUE),
)  # fmt: skip

STREAM_FAULTS = (
    Fault("stream", source={"streamName": "nowhere"}),
    Fault("stream", source={"region": "somewhere"}, outcome=Outcome.UNSEEN),
    Fault("login", source={"accessKey": {"accessKeyId": "nobody", "secretKey": "x"}}),
    Fault("stream-right", _only("kinesis:ListShards")),
    Fault("read-right", _only(ACTIONS[0])),
    Fault("read-right", _only(ACTIONS[0], ACTIONS[3])),
    Fault("read-right", _only(ACTIONS[0], ACTIONS[3], ACTIONS[1])),
    Fault("read-right", _only(*ACTIONS), {"useEnhancedFanOut": True}),
    Fault("retention", source={"iteratorType": "AT_TIMESTAMP", "timestamp": 1_700_000_000}),
    Fault("format", source={"format": "Avro"}),
    Fault("format", source={"format": "AvroConfluent"}),
    Fault("format", source={"format": "Protobuf"}),
    Fault("format", source={"streamName": "avro"}),
    Fault("format", source={"streamName": "packed"}),
    Fault("format", source={"streamName": "many"}),
)
KEPT_STREAMS = (
    Fault("all it needs"),
    Fault("no record yet", source={"streamName": "empty"}),
    Fault("a consumer of its own", source={"useEnhancedFanOut": True}),
    Fault("records of a registry", source={"streamName": "avro", "format": "AvroConfluent"}),
    Fault("records that nobody reads here", source={"streamName": "avro", "format": "Protobuf"}),
)


async def test_a_few_records_are_shown_where_somebody_asks(aws):
    files = await look_at_files(aws, show_sample=True)
    stream = await look_at_stream(aws, show_sample=True)

    assert files.sample[0] == stream.sample[0] == ROWS.decode().partition("\n")[0]


async def test_the_columns_of_a_large_parquet_file_stand_at_its_end(aws):
    file = BytesIO()
    numbers = pyarrow.table({"n": list(range(100_000))})
    parquet.write_table(numbers, file, compression="none", use_dictionary=False)
    _put(file.getvalue(), "events/9.parquet")(aws)

    seen = await look_at_files(aws, url=URL.replace("json", "parquet"), format="Parquet")

    assert seen.destination["columns"] == [{"name": "n", "type": "Nullable(Int64)"}]


async def _run(
    key: str, look: Any, given: dict[str, Any], aws: MotoServer, *, show_sample: bool = False
) -> Seen:
    (check,) = (check for check in CHECKS if check.source == key)
    return await run_check(
        replace(check, look=look),
        {name: value for name, value in given.items() if value is not None},
        [],
        allow_private=True,
        secrets={aws.pipes["SecretAccessKey"]},
        clock=SystemClock(),
        show_sample=show_sample,
    )


def _login(aws: MotoServer) -> dict[str, Any]:
    return {
        "authentication": "IAM_USER",
        "accessKey": {
            "accessKeyId": aws.pipes["AccessKeyId"],
            "secretKey": aws.pipes["SecretAccessKey"],
        },
    }


async def look_at_files(aws: MotoServer, *, show_sample: bool = False, **changes: Any) -> Seen:
    given = {"type": "s3", "url": URL, "format": "JSONEachRow", "isContinuous": True}
    look = BucketLook(aws.endpoints)
    return await _run("s3", look, given | _login(aws) | changes, aws, show_sample=show_sample)


async def look_at_stream(aws: MotoServer, *, show_sample: bool = False, **changes: Any) -> Seen:
    given = {
        "streamName": "json",
        "region": REGION,
        "format": "JSONEachRow",
        "iteratorType": "TRIM_HORIZON",
    }
    look = StreamLook(aws.endpoints)
    return await _run("kinesis", look, given | _login(aws) | changes, aws, show_sample=show_sample)


WALKED = (
    ("s3", look_at_files, FILE_FAULTS, KEPT_FILES),
    ("kinesis", look_at_stream, STREAM_FAULTS, KEPT_STREAMS),
)


async def test_each_fault_is_found_and_nothing_else(aws, record_property):
    wrong: list[tuple[str, Fault, Seen]] = []
    for key, look, faults, kept in WALKED:
        title = source_named(key).title
        for fault in (*faults, *kept):
            is_kept = fault in kept
            seen = await looked_at(look, aws, fault, record_property, title, is_kept=is_kept)
            if fault.happen is not Fault.happen:
                restore(aws)
            unmended = [
                one for one in seen.checked if one.outcome is not Outcome.OK and not one.mend
            ]
            is_found = not_ok(seen) == ([] if is_kept else [(fault.finding, fault.outcome)])
            if unmended or not is_found or "secret word" in repr(seen):
                wrong.append((key, fault, seen))

    assert wrong == []
    assert _received_and_registered(aws) == ("0", [])


def _received_and_registered(aws: MotoServer) -> tuple[str, list[object]]:
    attributes = aws.sqs.get_queue_attributes(
        QueueUrl=f"{aws.address}/{ACCOUNT}/events", AttributeNames=["All"]
    )["Attributes"]
    arn = aws.kinesis.describe_stream(StreamName="json")["StreamDescription"]["StreamARN"]
    consumers = aws.kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    return attributes["ApproximateNumberOfMessagesNotVisible"], consumers


async def test_columns_and_the_start_are_proposed(aws):
    columns = [{"name": "id", "type": "Int64"}, {"name": "note", "type": "String"}]

    files = await look_at_files(aws)
    stream = await look_at_stream(aws, format=None, iteratorType=None)

    assert files.destination["columns"] == stream.destination["columns"] == columns
    assert stream.proposal == {"format": "JSONEachRow", "iterator_type": "TRIM_HORIZON"}
    assert files.sample == stream.sample == ()


async def test_files_that_anybody_may_read_are_read_without_a_key(aws):
    for number in (1, 2):
        _put(ROWS, f"events/{number}.json", ACL="public-read")(aws)
    with aws.open_to_all():
        seen = await look_at_files(aws, **PUBLIC)
        by_role = await look_at_files(aws, **PUBLIC | ROLE)

    assert not_ok(seen) == []
    assert not_ok(by_role) == [("login", Outcome.UNSEEN)]
