"""With what, and where, Amazon is asked; and what answers that moto never gives mean."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, SourceCheck, run_check
from clickpipes_mcp.checks.aws.answers import parse_xml
from clickpipes_mcp.checks.aws.endpoints import AMAZON, Endpoints
from clickpipes_mcp.checks.kinesis.looking import StreamLook
from clickpipes_mcp.checks.s3.addresses import bucket_of, queue_of
from clickpipes_mcp.checks.s3.looking import BucketLook
from clickpipes_mcp.clock import SystemClock
from tests.checks.aws.store_server import FILE, LIST, PAGE, STREAM, Store, running_store
from tests.checks.fault_table import not_ok

pytestmark = pytest.mark.anyio
SECRET = "a long secret of nobody"
KEY = {"accessKeyId": "an-id", "secretKey": SECRET}
ROLE = {"authentication": "IAM_ROLE", "accessKey": None}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"


@pytest.fixture
def store() -> Iterator[Store]:
    with running_store() as running:
        yield running


def _check(key: str) -> SourceCheck:
    return next(check for check in CHECKS if check.source == key)


async def look(
    where: Store | Endpoints, kind: str = "s3", *, allow_private: bool = True, **changes: Any
) -> Seen:
    endpoints = where if isinstance(where, Endpoints) else where.endpoints
    looks = {"s3": BucketLook(endpoints), "kinesis": StreamLook(endpoints)}
    given = {
        "type": "s3",
        "url": "https://bucket.s3.eu-west-1.amazonaws.com/events/*",
        "format": "JSONEachRow",
        "isContinuous": True,
        "streamName": "clicks",
        "region": "eu-west-1",
        "iteratorType": "LATEST",
        "authentication": "IAM_USER",
        "accessKey": KEY,
        **changes,
    }
    return await run_check(
        replace(_check(kind), look=looks[kind]),
        {name: value for name, value in given.items() if value is not None},
        [],
        allow_private=allow_private,
        secrets={SECRET},
        clock=SystemClock(),
    )


async def test_only_the_key_that_was_given_ever_logs_in(store, monkeypatch, tmp_path):
    for name, file in (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "login")):
        tmp_path.joinpath(file).write_text(
            "[default]\nregion = us-east-2\naws_access_key_id = other\n"
            "aws_secret_access_key = other\nendpoint_url = http://127.0.0.1:1\n"
        )
        monkeypatch.setenv(name, str(tmp_path / file))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.setenv(name, "other")
    for name in ("AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    files = await look(store)
    stream = await look(store, "kinesis")
    given = [headers.get("Authorization", "") for _, headers in store.asked]
    store.asked.clear()
    anybody = await look(store, authentication=None, accessKey=None)

    assert not_ok(files) == not_ok(stream) == not_ok(anybody) == []
    assert all("Credential=an-id/" in one and "/eu-west-1/" in one for one in given)
    assert [headers.get("Authorization") for _, headers in store.asked] == [None, None]
    assert SECRET not in repr(store.asked)


async def test_without_a_key_nothing_looks_for_one_at_a_metadata_service(store, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{store.port}")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{store.port}/login")

    seen = await look(store, "kinesis", **ROLE)

    assert store.asked == []
    assert not_ok(seen) == [("login", Outcome.UNSEEN), ("read-right", Outcome.UNSEEN)]


@pytest.mark.parametrize("kind", ["s3", "kinesis"])
async def test_an_address_that_is_not_allowed_is_not_connected_to(store, kind):
    for elsewhere in (f"http://127.0.0.1:{store.port}", "http://169.254.169.254"):
        seen = await look(Endpoints(elsewhere), kind, allow_private=False)

        assert not_ok(seen) == [("reachable", Outcome.UNSEEN)]
    assert store.asked == []


@pytest.mark.parametrize("kind", ["s3", "kinesis"])
async def test_a_closed_port_is_told_as_such(kind):
    seen = await look(Endpoints("http://127.0.0.1:1"), kind)

    assert not_ok(seen) == [("reachable", Outcome.UNSEEN)]


async def test_a_bucket_of_another_region_is_asked_for_there(store):
    store.moved_to = "eu-west-1"
    named = {"url": "https://bucket.s3.us-east-2.amazonaws.com/events/*"}

    wrong = await look(store, **named)
    unnamed = await look(store, url="https://bucket.s3.amazonaws.com/events/*")

    assert not_ok(wrong) == [("region", Outcome.NOT_OK)]
    assert "bucket.s3.eu-west-1.amazonaws.com" in wrong.checked[1].mend
    assert not_ok(unnamed) == []


@pytest.mark.parametrize(
    ("code", "status", "changes", "found"),
    [
        ("AccessDenied", 403, {}, [("list-right", Outcome.NOT_OK)]),
        (
            "AccessDenied",
            403,
            {"authentication": None, "accessKey": None},
            [("list-right", Outcome.NOT_OK)],
        ),
        (
            "AccessDenied",
            403,
            ROLE,
            [(one, Outcome.UNSEEN) for one in ("login", "list-right", "read-right")],
        ),
        ("SignatureDoesNotMatch", 403, {}, [("login", Outcome.NOT_OK)]),
        ("RequestTimeTooSkewed", 403, {}, [("login", Outcome.UNSEEN)]),
        ("SlowDown", 503, {}, [("bucket", Outcome.UNSEEN)]),
    ],
)
async def test_a_refusal_is_told_as_what_it_is(store, code, status, changes, found):
    store.refuse(LIST, code, status)

    seen = await look(store, **changes)

    assert not_ok(seen) == found
    assert all(one.mend and len(one.mend) < 400 for one in seen.checked if one.outcome != "ok")


async def test_files_in_an_archive_and_a_bucket_that_is_not_there_are_told(store):
    archived = PAGE.replace("</Contents>", "<StorageClass>GLACIER</StorageClass></Contents>")
    store.put(LIST, archived.encode())
    resting = await look(store)
    lost = await look(store, url="https://other.s3.eu-west-1.amazonaws.com/events/*")
    nobody_s = await look(store, url="https://files.example.com/bucket/*")

    assert not_ok(resting) == [("storage-class", Outcome.NOT_OK)]
    assert not_ok(lost) == [("bucket", Outcome.NOT_OK)]
    assert not_ok(nobody_s) == [("bucket", Outcome.UNSEEN)]


async def test_a_list_over_pages_is_read_until_enough_is_seen(store):
    more = "<NextContinuationToken>x</NextContinuationToken></ListBucketResult>"
    store.put(LIST, PAGE.replace("</ListBucketResult>", more).encode())

    seen = await look(store, startAfter="events/0")

    assert [where for where, _ in store.asked] == [LIST] * 3 + [FILE]
    assert "or more files match" in repr(seen.checked)


async def test_a_role_s_queue_is_not_looked_at_and_its_policy_told(store):
    by_role = await look(store, **ROLE, queueUrl=QUEUE)
    elsewhere = await look(store, queueUrl="https://sqs.example.com/123456789012/events")

    assert not_ok(by_role) == [("login", Outcome.UNSEEN), ("queue", Outcome.UNSEEN)]
    mends = {one.prerequisite: one.mend for one in by_role.checked}
    assert "sqs:ReceiveMessage" in mends["queue"]
    assert not_ok(elsewhere) == [("queue", Outcome.UNSEEN)]


POLICY = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": ["SQS:*"],
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:123456789012:files"}},
}


async def test_events_that_come_through_another_service_are_left_open(store):
    attributes = {"Policy": json.dumps({"Statement": POLICY})}
    store.put("GetQueueAttributes", {"Attributes": attributes})
    store.put(
        "notification",
        b"<NotificationConfiguration><TopicConfiguration/></NotificationConfiguration>",
    )
    through = await look(store, queueUrl=QUEUE)
    store.put(
        "GetQueueAttributes",
        {"Attributes": attributes | {"FifoQueue": "true", "Policy": "no policy"}},
    )
    fifo = await look(store, queueUrl=QUEUE)
    store.fail("GetQueueAttributes", "InternalFailure", 500)
    failing = await look(store, queueUrl=QUEUE)

    assert not_ok(through) == [("queue-events", Outcome.UNSEEN)]
    assert "lets sns send" in repr(through.checked)
    assert not_ok(fifo)[:2] == [("queue-kind", Outcome.NOT_OK), ("queue-policy", Outcome.NOT_OK)]
    assert not_ok(failing) == [("queue", Outcome.UNSEEN)]


def told(events: str, more: str = "") -> bytes:
    return (
        "<NotificationConfiguration><QueueConfiguration>"
        f"<Queue>arn:aws:sqs:eu-west-1:123456789012:events</Queue>{more}"
        f"<Event>s3:ObjectCreated:{events}</Event>"
        "</QueueConfiguration></NotificationConfiguration>"
    ).encode()


def filtered(name: str, value: str) -> bytes:
    rule = f"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"
    return told("*", f"<Filter><S3Key>{rule}</S3Key></Filter>")


@pytest.mark.parametrize(
    ("notifications", "senders", "attributes", "found"),
    [
        (told("*"), {"Service": "s3.amazonaws.com"}, {}, ""),
        (filtered("Prefix", "events/"), {"AWS": "*"}, {"RedrivePolicy": "{}"}, ""),
        (told("Put"), "*", {}, "queue-events"),
        (filtered("prefix", "other/"), "*", {}, "queue-events"),
        (filtered("suffix", ".csv"), "*", {}, "queue-events"),
        (told("*"), {"Service": ["events.amazonaws.com"]}, {}, "queue-events"),
        (b"<NotificationConfiguration/>", "*", {}, "queue-events"),
        (told("*"), {"Service": "ec2.amazonaws.com"}, {}, "queue-policy"),
        (told("*"), "*", {"KmsMasterKeyId": "alias/aws/sqs"}, "queue-kind"),
    ],
)
async def test_a_queue_has_to_be_told_of_every_new_file(
    store, notifications, senders, attributes, found
):
    policy = {"Effect": "Allow", "Principal": senders, "Action": "sqs:SendMessage"}
    whole = {"Policy": json.dumps({"Statement": [policy]}), **attributes}
    store.put("GetQueueAttributes", {"Attributes": whole})
    store.put("notification", notifications)

    seen = await look(store, queueUrl=QUEUE)

    assert not_ok(seen) == ([(found, Outcome.NOT_OK)] if found else [])
    assert any("dead-letter" in note for note in seen.notes) is ("RedrivePolicy" not in attributes)


async def test_a_queue_that_is_not_there_or_not_to_be_seen_is_told(store):
    store.fail("GetQueueAttributes", "QueueDoesNotExist")
    missing = await look(store, queueUrl=QUEUE)
    store.fail("GetQueueAttributes", "AccessDeniedException", 403)
    closed = await look(store, queueUrl=QUEUE)

    assert not_ok(missing) == [("queue", Outcome.NOT_OK)]
    assert not_ok(closed) == [("queue-right", Outcome.NOT_OK)]


async def test_an_encrypted_file_and_an_encrypted_stream_need_their_key(store):
    store.put(
        FILE,
        b"<Error><Code>AccessDenied</Code><Message>kms:Decrypt is not allowed</Message></Error>",
        403,
    )
    store.fail("GetRecords", "KMSAccessDeniedException")

    for seen in (await look(store), await look(store, "kinesis")):
        assert not_ok(seen) == [("read-right", Outcome.NOT_OK)]
        assert any("kms:Decrypt" in one.mend for one in seen.checked)


async def test_a_stream_that_has_everything_is_clean_and_its_columns_are_proposed(store):
    seen = await look(store, "kinesis", useEnhancedFanOut=True, format=None)

    assert not_ok(seen) == []
    assert seen.proposal == {"format": "JSONEachRow", "iterator_type": "LATEST"}
    assert seen.destination["columns"] == [{"name": "id", "type": "Int64"}]
    assert "on-demand" in seen.checked[0].evidence
    assert len(seen.notes) == 3


@pytest.mark.parametrize(
    ("action", "code", "found"),
    [
        ("DescribeStream", "ResourceNotFoundException", ("stream", Outcome.NOT_OK)),
        ("DescribeStream", "AccessDeniedException", ("stream-right", Outcome.NOT_OK)),
        ("DescribeStream", "LimitExceededException", ("stream", Outcome.UNSEEN)),
        ("DescribeStream", "UnrecognizedClientException", ("login", Outcome.NOT_OK)),
        ("ListShards", "AccessDeniedException", ("read-right", Outcome.NOT_OK)),
        ("GetRecords", "ProvisionedThroughputExceededException", ("read-right", Outcome.UNSEEN)),
    ],
)
async def test_what_a_stream_refuses_is_told(store, action, code, found):
    store.fail(action, code)

    assert not_ok(await look(store, "kinesis")) == [found]


async def test_a_stream_that_goes_and_one_with_no_consumer_free_are_told(store):
    store.put("DescribeStream", {"StreamDescription": STREAM | {"StreamStatus": "DELETING"}})
    store.put("ListStreamConsumers", {"Consumers": [{}] * 20})

    seen = await look(store, "kinesis", useEnhancedFanOut=True)

    assert not_ok(seen) == [("stream-state", Outcome.NOT_OK), ("consumers", Outcome.NOT_OK)]


async def test_a_time_before_all_that_is_kept_and_a_region_of_nobody_are_told(store):
    late = {"iteratorType": "AT_TIMESTAMP", "timestamp": 1_700_000_000}
    store.put("GetRecords", {"Records": [], "NextShardIterator": "y", "MillisBehindLatest": 1})

    gone = await look(store, "kinesis", **late, schemaRegistry={"registryName": "events"})
    nowhere = await look(store, "kinesis", region="somewhere")

    assert not_ok(gone) == [("retention", Outcome.NOT_OK)]
    assert [where for where, _ in store.asked].count("GetRecords") == 3
    assert "No record was found" in gone.notes[0]
    assert "registry was not looked at" in gone.notes[1]
    assert not_ok(nowhere) == [("stream", Outcome.UNSEEN)]


@pytest.mark.parametrize(
    "content", [b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a", b"", b"{}"]
)
def test_what_is_no_plain_xml_tells_nothing(content):
    assert (parse_xml(content).tag, len(parse_xml(content))) == ("none", 0)


@pytest.mark.parametrize(
    ("store", "url", "where"),
    [
        ("s3", "https://b-1.s3.eu-west-1.amazonaws.com/a/?.json", ("b-1", "a/?.json", "eu-west-1")),
        ("s3", "https://s3.eu-west-1.amazonaws.com/b-1/a/*", ("b-1", "a/*", "eu-west-1")),
        ("s3", "https://my.own.s3-eu-west-1.amazonaws.com:443/a#b", ("my.own", "a#b", "eu-west-1")),
        ("s3", "https://b-1.s3.dualstack.us-gov-west-1.amazonaws.com/a",
         ("b-1", "a", "us-gov-west-1")),
        ("s3", "https://b-1.s3.cn-north-1.amazonaws.com.cn/a", ("b-1", "a", "cn-north-1")),
        ("s3", "HTTPS://b-1.S3.amazonaws.com/a", ("b-1", "a", "us-east-1")),
        ("dospaces", "https://b-1.nyc3.digitaloceanspaces.com/a/*", ("b-1", "a/*", "nyc3")),
        ("dospaces", "https://nyc3.digitaloceanspaces.com/b-1/a/*", ("b-1", "a/*", "nyc3")),
        ("cloudflarer2", f"https://{'0a' * 16}.eu.r2.cloudflarestorage.com/b-1/a",
         ("b-1", "a", "auto")),
        ("ovhobjectstorage", "https://b-1.s3.gra.io.cloud.ovh.net/a", ("b-1", "a", "gra")),
        ("s3", "http://b-1.s3.eu-west-1.amazonaws.com/a", None),
        ("s3", "https://b-1.s3.eu-west-1.amazonaws.com.example.com/a", None),
        ("s3", "https://me@b-1.s3.eu-west-1.amazonaws.com/a", None),
        ("s3", "https://b-1.nyc3.digitaloceanspaces.com/a", None),
        ("dospaces", "https://b-1.s3.eu-west-1.amazonaws.com/a", None),
        ("s3", "https://s3.eu-west-1.amazonaws.com/", None),
        ("s3", "https://s3.eu-west-1.amazonaws.com/../a", None),
        ("s3", "s3://b-1/a", None),
    ],
)  # fmt: skip
def test_only_a_store_s_own_hosts_are_asked(store, url, where):
    found = bucket_of(url, store)

    assert (found and (found.name, found.pattern, found.region)) == where


def test_queues_and_services_are_amazon_s_own():
    queue = queue_of("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/events")

    assert queue
    assert queue.arn == "arn:aws-cn:sqs:cn-north-1:123456789012:events"
    assert queue_of("https://sqs.eu-west-1.example.com/123456789012/events") is None
    assert AMAZON.service("sqs", queue.region) == "https://sqs.cn-north-1.amazonaws.com.cn"
    assert AMAZON.service("s3", "eu-west-1") == "https://s3.eu-west-1.amazonaws.com"
