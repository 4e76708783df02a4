"""What a look at a Kafka cluster finds: each fault, and nothing else.

The cluster is librdkafka's own for tests, which knows no login and no rights; logins are tried
against a broker of ours that does nothing else, and the registry is ours as well.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio.to_thread
import pytest
from confluent_kafka import Producer

from clickpipes_mcp.checks import (
    CHECKS,
    AddressRefused,
    Checked,
    Outcome,
    Place,
    Seen,
    run_check,
)
from clickpipes_mcp.checks.kafka.records import Encoding, columns_of, encoding_of
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.certificates import signed_for
from tests.checks.fault_table import Fault, looked_at, not_ok
from tests.checks.kafka.sasl_broker import sasl_broker
from tests.checks.tls_front import led_on, tls_before
from tests.faults.processes import PATIENCE_S

pytestmark = pytest.mark.anyio
SPEC = source_named("kafka")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
PASSWORD = "a long password of nobody"
AVRO = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}'


@dataclass
class Cluster:
    """Brokers that run, and what a source that lacks nothing says of them."""

    brokers: str
    stack: ExitStack
    authority: str
    certificate: str
    registered: dict[str, Any] = field(default_factory=dict)
    registry_status: int = 200
    registry_path: str = ""
    breaks_off_at: str = "nowhere"
    asked: list[str] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    producer = Producer({"bootstrap.servers": "x:1", "test.mock.num.brokers": 2, "log_level": 0})
    listed = producer.list_topics(timeout=PATIENCE_S).brokers.values()
    for number in range(3):
        producer.produce("orders", json.dumps({"id": number, "note": None, "tags": ["a"]}))
        producer.produce("registered", b"\0\0\0\0\x07" + b"record")
    producer.list_topics("empty", timeout=PATIENCE_S)
    producer.flush(PATIENCE_S)
    yield ",".join(f"{one.host}:{one.port}" for one in listed)
    del producer


@pytest.fixture
def cluster(brokers) -> Iterator[Cluster]:
    authority, certificate = signed_for("kafka.test")
    with ExitStack() as stack:
        yield Cluster(brokers, stack, authority, certificate)


def behind_tls(cluster: Cluster, port: int, host: str = "kafka.test") -> str:
    """A broker that is reached by a name with that certificate."""
    cluster.hosts[host] = "127.0.0.1"
    front = tls_before(port, cluster.certificate, is_asked_for=False)
    cluster.brokers = f"{host}:{cluster.stack.enter_context(front)}"
    return cluster.brokers


def _closed(cluster: Cluster) -> None:
    cluster.brokers = "127.0.0.1:1"


def _offering(*mechanisms: str, accepts: str = "") -> Any:
    def happen(cluster: Cluster) -> None:
        broker = sasl_broker(*mechanisms, accepts=accepts.encode())
        behind_tls(cluster, cluster.stack.enter_context(broker))

    return happen


def _untrusted(cluster: Cluster) -> None:
    behind_tls(cluster, 1)
    cluster.authority, _ = signed_for("kafka.test")


def _advertising_inner_names(cluster: Cluster) -> None:
    """Found by a name, and led on to an address that nobody may connect to from here."""
    port = int(cluster.brokers.rpartition(":")[2])
    front = cluster.stack.enter_context(led_on("127.0.0.2", port))
    cluster.brokers = f"kafka.test:{front}"
    cluster.hosts = {"kafka.test": "127.0.0.2", "127.0.0.1": ""}


def _registry(status: int = 200, **schema: Any) -> Any:
    def happen(cluster: Cluster) -> None:
        cluster.registry_status, cluster.registered = status, schema
        cluster.stack.enter_context(registry(cluster))

    return happen


@contextmanager
def registry(cluster: Cluster) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cluster.asked.append(self.path)
            if self.path.startswith(cluster.breaks_off_at):
                return
            body = json.dumps(cluster.registered).encode()
            self.send_response(cluster.registry_status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        front = tls_before(server.server_port, cluster.certificate, is_asked_for=False)
        with front as port:
            cluster.hosts["kafka.test"] = "127.0.0.1"
            cluster.registered = {
                "url": f"https://kafka.test:{port}{cluster.registry_path}",
                **cluster.registered,
            }
            yield
        server.shutdown()


LOGIN = {
    "authentication": "PLAIN",
    "credentials": {"username": "clickpipes", "password": PASSWORD},
}
CONFLUENT = {"format": "AvroConfluent", "topics": "registered"}
FAULTS = (
    Fault("reachable", _closed),
    Fault("tls", source=LOGIN),
    Fault("tls", _untrusted),
    Fault("login", _offering("PLAIN"), LOGIN),
    Fault("login", _offering("SCRAM-SHA-512"), LOGIN),
    Fault(
        "login",
        _offering("OAUTHBEARER"),
        {"authentication": "IAM_ROLE", "iamRole": "arn"},
        Outcome.UNSEEN,
    ),
    Fault("listeners", _advertising_inner_names),
    Fault("topics", source={"topics": "orders,no-such-topic"}),
    Fault("records", source={"topics": "empty"}),
    Fault("format", source={"topics": "registered"}),
    Fault("format", source={"format": "AvroConfluent"}),
    Fault("format", source={"format": "Protobuf"}),
    Fault("registry", _registry(401), CONFLUENT),
    Fault("registry", _registry(404), CONFLUENT),
    Fault("registry", _registry(503), CONFLUENT, Outcome.UNSEEN),
    Fault("registry", _registry(schemaType="JSON", schema="{}"), CONFLUENT),
    Fault("registry", _registry(), CONFLUENT, Outcome.UNSEEN),
)
KEPT = (
    Fault("all it needs"),
    Fault("only what comes", source={"topics": "empty", "offset": {"strategy": "from_latest"}}),
    Fault("records of a registry", _registry(schema=AVRO), CONFLUENT),
)


async def look(cluster: Cluster, **changes: Any) -> Seen:
    source: dict[str, Any] = {
        "type": "kafka",
        "brokers": cluster.brokers,
        "topics": "orders",
        "format": "JSONEachRow",
        "consumerGroup": "readers",
        "caCertificate": cluster.authority,
        **changes,
    }
    url = cluster.registered.get("url")
    if url:
        source["schemaRegistry"] = {
            "url": url,
            "credentials": LOGIN["credentials"],
            "caCertificate": cluster.authority,
        }

    def pin(host: str) -> str:
        address = cluster.hosts.get(host, host)
        if not address:
            refusal = Checked("reachable", Outcome.UNSEEN, f"{host} is of a private network.")
            raise AddressRefused(refusal)
        return address

    return await anyio.to_thread.run_sync(CHECK.look, Place(source, pin, lambda: 15.0))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.finding)
async def test_a_fault_is_found_and_nothing_else(cluster, record_property, fault: Fault):
    seen = await looked_at(look, cluster, fault, record_property, SPEC.title)

    assert not_ok(seen) == [(fault.finding, fault.outcome)]
    (found,) = (one for one in seen.checked if one.outcome is not Outcome.OK)
    assert found.evidence
    assert found.mend
    assert PASSWORD not in repr(seen)


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_cluster_that_has_everything_is_clean(cluster, record_property, kept: Fault):
    seen = await looked_at(look, cluster, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert len(seen.checked) >= 3


async def test_the_fields_of_a_record_are_proposed(cluster):
    seen = await look(cluster)

    assert {one["name"]: one["type"] for one in seen.destination["columns"]} == {
        "id": "Int64",
        "note": "Nullable(String)",
        "tags": "Array(String)",
    }
    assert seen.destination["table"] == "orders"
    assert seen.proposal == {"format": "JSONEachRow"}
    assert seen.called == "orders"
    assert '{"id": 0, "note": null, "tags": ["a"]}' in seen.sample
    assert len(seen.sample) <= 5
    assert any("Partitions: orders 4" in note for note in seen.notes)
    today = f"orders is of {datetime.now(UTC):%Y-%m-%d}"
    assert any(today in note for note in seen.notes)


async def test_the_columns_of_a_registered_schema_are_proposed(cluster):
    _registry(schema=AVRO)(cluster)

    seen = await look(cluster, **CONFLUENT)

    assert [(one["name"], one["type"]) for one in seen.destination["columns"]] == [("id", "Int64")]
    assert seen.proposal == {"format": "AvroConfluent"}


@pytest.mark.parametrize(
    ("kind", "proposed"), [("AVRO", "AvroConfluent"), ("PROTOBUF", "Protobuf"), ("JSON", "")]
)
async def test_the_format_of_a_registered_record_is_the_registrys_word(cluster, kind, proposed):
    unregistered = await look(cluster, topics="registered", format="")
    _registry(schemaType=kind, schema=AVRO)(cluster)
    registered = await look(cluster, topics="registered", format="")

    assert unregistered.proposal == {}
    assert registered.proposal.get("format", "") == proposed


@pytest.mark.parametrize("held_to", ["NONE", "BACKWARD"])
async def test_a_subject_that_takes_any_next_schema_is_told(cluster, held_to):
    _registry(schema=AVRO, compatibilityLevel=held_to)(cluster)

    seen = await look(cluster, **CONFLUENT)

    assert any("compatibility NONE" in note for note in seen.notes) == (held_to == "NONE")
    assert not_ok(seen) == []


async def test_a_schema_that_was_read_counts_although_nothing_else_is_told(cluster):
    cluster.breaks_off_at = "/config"
    _registry(schema=AVRO)(cluster)

    seen = await look(cluster, **CONFLUENT)

    assert [one["name"] for one in seen.destination["columns"]] == ["id"]
    assert not_ok(seen) == []
    assert cluster.asked[-1].startswith("/config/registered-value")


async def test_of_a_schema_that_is_no_subjects_nothing_else_is_asked(cluster):
    cluster.registry_path = "/schemas/ids/7"
    _registry(schema=AVRO)(cluster)

    await look(cluster, **CONFLUENT)

    assert cluster.asked == ["/schemas/ids/7"]


async def test_a_login_that_is_accepted_says_so(cluster):
    _offering("PLAIN", accepts=PASSWORD)(cluster)

    seen = await look(cluster, **LOGIN)

    told = {one.prerequisite: one.outcome for one in seen.checked}
    # The broker knows no more than logins: what is read after it is not told as unreachable.
    assert told == {"reachable": Outcome.UNSEEN, "login": Outcome.OK}


async def test_a_topic_that_is_not_there_is_not_made_by_looking(cluster, brokers):
    await look(cluster, topics="no-such-topic")

    listed = Producer({"bootstrap.servers": brokers, "log_level": 0}).list_topics(
        timeout=PATIENCE_S
    )
    assert "no-such-topic" not in listed.topics


async def test_a_cluster_of_a_private_network_takes_the_operators_word(cluster):
    seen = await run_check(
        CHECK,
        {"brokers": cluster.brokers, "topics": "orders"},
        SPEC.addresses({"brokers": cluster.brokers}),
        allow_private=False,
        secrets=(),
        clock=SystemClock(),
    )

    assert "CLICKPIPES_CHECKS=private" in seen.checked[0].mend


def test_how_a_record_is_written():
    assert encoding_of(b"\0\0\0\0\x07x") is Encoding.REGISTERED
    assert encoding_of(b"Obj\x01x") is Encoding.CONTAINER
    assert encoding_of(b"plain words") is encoding_of(b"\xff\xfe") is Encoding.UNKNOWN
    assert encoding_of(b'{"a": 1}') is Encoding.JSON
    assert columns_of(b'{"a": 1}') == [("a", "Int64")]
    assert columns_of(b"\xff") == []
