"""What a look at a topic finds: each fault, and nothing else. The server is ours, not Google's."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.pubsub.looking import TopicLook
from clickpipes_mcp.checks.pubsub.prerequisites import PROJECT_RIGHTS, TOPIC_RIGHTS
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.fault_table import Fault, looked_at, not_ok, wrongly_judged
from tests.checks.google.google_server import GoogleServer, key_file, running_google

pytestmark = pytest.mark.anyio
SPEC = source_named("pubsub")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
PROJECT = "/v1/projects/example-project"
TOPIC = f"{PROJECT}/topics/orders"
SCHEMA = f"{PROJECT}/schemas/order"
AVRO = """{"type": "record", "name": "Order", "fields": [
    {"name": "id", "type": "long"},
    {"name": "note", "type": ["null", "string"]},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9,
     "scale": 2}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": "double"}},
    {"name": "either", "type": ["int", "string"]},
    {"name": "home", "type": {"type": "record", "name": "Home", "fields": []}}
]}"""


def fill(running: GoogleServer) -> None:
    """What a source has that lacks nothing."""
    running.resources |= {
        TOPIC: {
            "name": TOPIC.removeprefix("/v1/"),
            "messageRetentionDuration": "604800s",
            "schemaSettings": {"schema": SCHEMA.removeprefix("/v1/"), "encoding": "BINARY"},
        },
        SCHEMA: {"type": "AVRO", "definition": AVRO},
    }
    running.rights |= {TOPIC: set(TOPIC_RIGHTS), PROJECT: set(PROJECT_RIGHTS)}


@contextmanager
def ready() -> Iterator[GoogleServer]:
    with running_google() as running:
        fill(running)
        yield running


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with ready() as running:
        yield running


def _topic(**changes: Any) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.resources[TOPIC] = google.resources[TOPIC] | changes

    return happen


def _refuse(path: str, status: int = 403, reason: str = "PERMISSION_DENIED") -> Callable[..., None]:
    def happen(google: GoogleServer) -> None:
        google.refused[path] = (status, reason, "User not authorized to perform this action.")

    return happen


def _without(path: str, right: str) -> Callable[[GoogleServer], None]:
    return lambda google: google.rights[path].discard(right)


def _disable(google: GoogleServer) -> None:
    google.is_account_enabled = False


_OLD = {"seekType": "timestamp", "seekTimestamp": "2020-01-31T06:30:00Z"}
_JSON = {"schema": SCHEMA.removeprefix("/v1/"), "encoding": "JSON"}
FAULTS = (
    Fault("topic", lambda google: google.resources.pop(TOPIC)),
    Fault("topic", _refuse(TOPIC)),
    Fault("topic", _refuse(TOPIC, 403, "SERVICE_DISABLED")),
    Fault("topic", _refuse(TOPIC, 503, "UNAVAILABLE"), outcome=Outcome.UNSEEN),
    Fault("topic", source={"topic": "../../secrets"}),
    Fault("topic-right", _without(TOPIC, "pubsub.topics.attachSubscription")),
    Fault("topic-right", _refuse(f"{TOPIC}:testIamPermissions"), outcome=Outcome.UNSEEN),
    Fault("subscription-right", _without(PROJECT, "pubsub.subscriptions.create")),
    Fault(
        "subscription-right",
        _refuse(f"{PROJECT}:testIamPermissions", 403, "SERVICE_DISABLED"),
        outcome=Outcome.UNSEEN,
    ),
    Fault("topic-state", _topic(state="INGESTION_RESOURCE_ERROR")),
    Fault("schema", _topic(schemaSettings={})),
    Fault("schema", _topic(schemaSettings={"schema": "_deleted-schema_", "encoding": "BINARY"})),
    Fault("schema", _topic(schemaSettings=_JSON)),
    Fault("schema", _refuse(SCHEMA)),
    Fault("schema", source={"format": "Protobuf"}),
    Fault("schema", source={"format": "JSONEachRow"}),
    Fault("topic-retention", _topic(messageRetentionDuration="")),
    Fault("topic-retention", source=_OLD),
    Fault("login", _disable),
    Fault("login", source={"serviceAccountKey": {"serviceAccountFile": "bm8ga2V5"}}),
)
KEPT = (
    Fault("all it needs"),
    Fault("only new messages", _topic(messageRetentionDuration=""), {"seekType": "latest"}),
    Fault("messages in JSON", _topic(schemaSettings={}), {"format": "JSONEachRow"}),
)


def source(**changes: Any) -> dict[str, Any]:
    return {
        "format": "Avro",
        "projectId": "example-project",
        "topic": "orders",
        "authentication": "SERVICE_ACCOUNT",
        "serviceAccountKey": {"serviceAccountFile": base64.b64encode(key_file().encode()).decode()},
        "seekType": "earliest",
        **changes,
    }


async def look(google: GoogleServer, *, allow_private: bool = True, **changes: Any) -> Seen:
    return await run_check(
        replace(CHECK, look=TopicLook(google.endpoints)),
        source(**changes),
        [],
        allow_private=allow_private,
        secrets={key_file()},
        clock=SystemClock(),
    )


async def test_each_fault_is_found_and_nothing_else(record_property):
    wrong = await wrongly_judged(look, ready, FAULTS, record_property, SPEC.title)

    assert wrong == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(google, record_property, kept: Fault):
    seen = await looked_at(look, google, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert len(seen.checked) >= 3


async def test_the_columns_of_the_schema_are_proposed_and_no_message_is_pulled(google):
    seen = await look(google, filter="attributes.kind = 'x'", enableOrdering=True)

    assert {one["name"]: one["type"] for one in seen.destination["columns"]} == {
        "id": "Int64",
        "note": "Nullable(String)",
        "at": "DateTime64(3)",
        "price": "Decimal(9, 2)",
        "tags": "Array(String)",
        "more": "Map(String, Float64)",
        "either": "String",
        "home": "String",
    }
    assert seen.destination["table"] == "orders"
    assert seen.proposal == {"format": "Avro", "seek_type": "earliest"}
    assert len(seen.notes) == 2
    assert {entry.rpartition(":")[2] for entry in google.asked if entry.startswith("POST")} == {
        "POST /token",
        "testIamPermissions",
    }


async def test_without_a_schema_no_columns_are_proposed(google):
    _topic(schemaSettings={}, messageRetentionDuration="")(google)

    seen = await look(google, format="")

    assert seen.proposal == {"format": "JSONEachRow", "seek_type": "latest"}
    assert seen.destination == {}
    assert "No message was pulled" in seen.notes[0]


async def test_no_secret_is_told_whatever_is_answered(google):
    google.refused[TOPIC] = (403, "PERMISSION_DENIED", f"{google.token} may not")

    assert google.token not in repr(await look(google))
