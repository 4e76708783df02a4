"""What a look at a bucket finds: each fault, and nothing else.

Listing and reading is seen at the storage emulator of PyPI; it knows no rights and no subscription,
so those are answered by a server of ours, as Google documents them.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from gcp_storage_emulator.server import create_server

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.checks.gcs.addresses import bucket_and_pattern
from clickpipes_mcp.checks.gcs.looking import BucketLook
from clickpipes_mcp.checks.gcs.prerequisites import QUEUE_RIGHTS
from clickpipes_mcp.checks.google.endpoints import Endpoints
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.fault_table import Fault, looked_at, not_ok, wrongly_judged
from tests.checks.google.google_server import GoogleServer, key_file, running_google
from tests.ports import free_port

pytestmark = pytest.mark.anyio
SPEC = source_named("gcs")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
BUCKET = "/storage/v1/b/bucket"
LIST = f"{BUCKET}/o"
FIRST = f"{LIST}/events/1.json"
LAST = f"{LIST}/events/2.json"
QUEUE = "projects/example-project/subscriptions/events"
TOPIC = "projects/example-project/topics/events"
EVENTS = f"{BUCKET}/notificationConfigs"
BY_QUEUE = {"queueUrl": QUEUE}
BY_HMAC = {
    "authentication": "IAM_USER",
    "accessKey": {"accessKeyId": "GOOG1EXAMPLE", "secretKey": "an example of nobody"},
    "serviceAccountKey": None,
}
XML = b"""<?xml version='1.0' encoding='UTF-8'?>
<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>bucket</Name>
<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
<Contents><Key>events/1.json</Key><LastModified>2026-01-01T06:30:00.000Z</LastModified>
<Size>35</Size></Contents>
<Contents><Key>events/2.json</Key><LastModified>2026-01-02T06:30:00.000Z</LastModified>
<Size>35</Size></Contents></ListBucketResult>"""
ROWS = b'{"id": 1, "note": "a secret word"}\n'


def item(name: str, day: int, size: int = len(ROWS)) -> dict[str, str]:
    return {"name": name, "size": str(size), "updated": f"2026-01-{day:02}T06:30:00.000Z"}


def fill(running: GoogleServer) -> None:
    """What a source has that lacks nothing."""
    running.resources |= {
        LIST: {"items": [item("events/1.json", 1), item("events/2.json", 2)]},
        LAST: ROWS,
        "/bucket": XML,
        "/bucket/events/2.json": ROWS,
        f"/v1/{QUEUE}": {"name": QUEUE, "topic": TOPIC, "ackDeadlineSeconds": 10},
        EVENTS: {
            "items": [
                {
                    "topic": f"//pubsub.googleapis.com/{TOPIC}",
                    "payload_format": "JSON_API_V1",
                    "event_types": ["OBJECT_FINALIZE"],
                }
            ]
        },
    }
    running.rights[f"/v1/{QUEUE}"] = set(QUEUE_RIGHTS)


@contextmanager
def ready() -> Iterator[GoogleServer]:
    with running_google() as running:
        fill(running)
        yield running


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with ready() as running:
        yield running


def _list(*items: dict[str, str], **more: Any) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.resources[LIST] = {"items": list(items), **more}

    return happen


def _queue(**changes: Any) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.resources[f"/v1/{QUEUE}"] |= changes

    return happen


def _content(content: bytes) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.resources[LAST] = content
        google.resources[LIST] = {"items": [item("events/2.json", 2, len(content))]}

    return happen


def _xml(code: str, status: int = 403) -> Callable[[GoogleServer], None]:
    told = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Not so.</Message></Error>"

    def happen(google: GoogleServer) -> None:
        google.resources["/bucket"] = (status, told.encode())

    return happen


def _refuse(path: str, status: int = 403) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.refused[path] = (status, "forbidden", "The account does not have access.")

    return happen


FAULTS = (
    Fault("bucket", lambda google: google.resources.pop(LIST)),
    Fault("bucket", _refuse(LIST, 503), outcome=Outcome.UNSEEN),
    Fault("bucket", source={"url": "https://files.example.com/bucket/*"}, outcome=Outcome.UNSEEN),
    Fault("list-right", _refuse(LIST)),
    Fault("list-right", _refuse(LIST, 401), {"authentication": None, "serviceAccountKey": None}),
    Fault("read-right", _refuse(LAST)),
    Fault("files-match", source={"url": "https://storage.googleapis.com/bucket/Events/*.json"}),
    Fault("files-match", source={"startAfter": "events/2.json"}),
    Fault("files-match", _list()),
    Fault("key-order", _list(item("events/1.json", 9), item("events/2.json", 2))),
    Fault("file-size", _list(item("events/1.json", 1, 11 << 30), item("events/2.json", 2))),
    Fault("format", source={"format": "Parquet"}),
    Fault("format", source={"compression": "gzip"}),
    Fault("format", _content(b"id,note\n1,x\n")),
    Fault("queue", source={"queueUrl": "projects/example-project/subscriptions/none"}),
    Fault("queue", _refuse(f"/v1/{QUEUE}"), BY_QUEUE),
    Fault("queue", _refuse(f"/v1/{QUEUE}", 500), BY_QUEUE, Outcome.UNSEEN),
    Fault(
        "queue-right",
        lambda google: google.rights[f"/v1/{QUEUE}"].discard("pubsub.subscriptions.consume"),
        BY_QUEUE,
    ),
    Fault(
        "queue-right", _refuse(f"/v1/{QUEUE}:testIamPermissions"), BY_QUEUE, Outcome.UNSEEN
    ),
    Fault("queue-kind", _queue(pushConfig={"pushEndpoint": "https://example.com"}), BY_QUEUE),
    Fault("queue-kind", _queue(detached=True), BY_QUEUE),
    Fault("queue-kind", _queue(filter="attributes.eventType = 'x'"), BY_QUEUE),
    Fault("queue-events", lambda google: google.resources[EVENTS].clear(), BY_QUEUE),
    Fault("queue-events", _queue(topic="projects/example-project/topics/other"), BY_QUEUE),
    Fault("login", source=BY_HMAC | {"accessKey": None}, outcome=Outcome.UNSEEN),
    Fault("login", _xml("InvalidSecurity"), BY_HMAC),
    Fault("login", _xml("SignatureDoesNotMatch"), BY_HMAC),
    Fault("list-right", _xml("AccessDenied"), BY_HMAC),
    Fault("bucket", _xml("NoSuchBucket", 404), BY_HMAC),
    Fault("read-right", lambda google: google.resources.pop("/bucket/events/2.json"), BY_HMAC),
    Fault("files-match", source=BY_HMAC | {"startAfter": "z"}),
    Fault("queue", source=BY_HMAC | BY_QUEUE, outcome=Outcome.UNSEEN),
    Fault("login", source={"serviceAccountKey": "bm8ga2V5"}),
)  # fmt: skip
KEPT = (
    Fault("all it needs"),
    Fault("files of anybody", source={"authentication": None, "serviceAccountKey": None}),
    Fault("an HMAC key", source=BY_HMAC),
    Fault("a queue", source=BY_QUEUE),
    Fault("a queue whose events it may not see", _refuse(EVENTS), BY_QUEUE),
    Fault(
        "files in any order behind a queue",
        _list(item("events/1.json", 9), item("events/2.json", 2)),
        BY_QUEUE,
    ),
)


async def look(google: GoogleServer | Endpoints, **changes: Any) -> Seen:
    given = {
        "type": "gcs",
        "url": "https://storage.googleapis.com/bucket/events/*.json",
        "format": "JSONEachRow",
        "isContinuous": True,
        "authentication": "SERVICE_ACCOUNT",
        "serviceAccountKey": base64.b64encode(key_file().encode()).decode(),
        **changes,
    }
    return await run_check(
        replace(CHECK, look=BucketLook(getattr(google, "endpoints", google))),
        given,
        [],
        allow_private=True,
        secrets=(),
        clock=SystemClock(),
    )


async def test_each_fault_is_found_and_nothing_else(record_property):
    wrong = await wrongly_judged(
        look, ready, FAULTS, record_property, SPEC.title, hidden=["secret word"]
    )

    assert wrong == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(google, record_property, kept: Fault):
    seen = await looked_at(look, google, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert {entry.rpartition(":")[2] for entry in google.asked if entry.startswith("POST")} <= {
        "POST /token",
        "testIamPermissions",
    }


async def test_the_columns_of_a_file_are_proposed(google):
    seen = await look(google)

    assert seen.destination["columns"] == [
        {"name": "id", "type": "Int64"},
        {"name": "note", "type": "String"},
    ]
    assert seen.destination["table"] == "bucket"
    assert len(seen.notes) == 2


async def test_how_long_events_are_kept_is_noted(google):
    _queue(messageRetentionDuration="604800s", expirationPolicy={"ttl": "2678400s"})(google)

    seen = await look(google, **BY_QUEUE)

    assert "keeps events for 7 days" in seen.notes[2]
    assert "deleted after 31 days" in seen.notes[3]


async def test_of_a_large_file_only_the_beginning_is_read(google):
    _content(ROWS * (2 * MOST_BYTES // len(ROWS)))(google)

    seen = await look(google)

    assert not_ok(seen) == []
    assert seen.destination


async def test_the_files_of_an_emulator_are_found_over_pages():
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket="bucket")
    server.start()
    here = f"http://127.0.0.1:{port}"
    try:
        with closing(httpx2.Client()) as client:
            for name in ("events/a b/1.json", "events/ä/2.json", "other/3.json", "events/4.csv"):
                client.post(
                    f"{here}/upload/storage/v1/b/bucket/o",
                    params={"uploadType": "media", "name": name},
                    content=ROWS,
                    headers={"Content-Type": "application/octet-stream"},
                ).raise_for_status()
        endpoints = Endpoints(storage=here)
        public = {"authentication": None, "serviceAccountKey": None}
        found = await look(
            endpoints, **public, url="https://storage.googleapis.com/bucket/events/**.json"
        )
        lost = await look(endpoints, **public, url="https://storage.googleapis.com/none/*")
    finally:
        server.stop()

    assert not_ok(found) == []
    assert found.checked[3].evidence.startswith("2 files match")
    assert not_ok(lost) == [("bucket", Outcome.NOT_OK)]


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://storage.googleapis.com/b/a/?.json", ("b", "a/?.json")),
        ("https://b.storage.googleapis.com/a/*", ("b", "a/*")),
        ("HTTPS://STORAGE.GOOGLEAPIS.COM:443/b/a#b", ("b", "a#b")),
        ("gs://b/a/*", ("b", "a/*")),
        ("http://storage.googleapis.com/b/a", None),
        ("https://storage.googleapis.com.example.com/b/a", None),
        ("https://me@storage.googleapis.com/b/a", None),
        ("https://.storage.googleapis.com/a", None),
        ("https://storage.googleapis.com/", None),
        ("s3://b/a", None),
        ("b/a", None),
    ],
)
def test_only_google_s_own_hosts_are_buckets(url, where):
    assert bucket_and_pattern(url) == where
