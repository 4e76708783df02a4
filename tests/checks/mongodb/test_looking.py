"""What a look at a MongoDB cluster finds: each fault, and nothing else.

No MongoDB is in the registries: the server is ours, and knows the commands that are asked. Logins
are refused by it; that one is accepted is not shown.
"""

from collections.abc import Callable, Iterator
from typing import Any

import anyio.to_thread
import bson
import dns.resolver
import pytest

from clickpipes_mcp.checks import CHECKS, AddressRefused, Checked, Outcome, Place, Seen, run_check
from clickpipes_mcp.checks.mongodb import cluster
from clickpipes_mcp.checks.mongodb.address import servers_of
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.certificates import signed_for
from tests.checks.fault_table import Fault, looked_at, not_ok
from tests.checks.mongodb.mongo_server import MongoServer, running_mongo
from tests.checks.mongodb.name_server import naming
from tests.checks.tls_front import tls_before
from tests.faults.processes import PATIENCE_S

pytestmark = pytest.mark.anyio
SPEC = source_named("mongodb")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
PASSWORD = "a long password of nobody"
HOURS = 3600
AUTHORITY, CERTIFICATE = signed_for("mongo.test")
ORDERS = {"sourceDatabaseName": "shop", "sourceCollection": "orders"}
LOGIN = {"credentials": {"username": "clickpipes", "password": PASSWORD}}


def _cursor(*documents: dict[str, Any], of: str = "shop.$cmd") -> dict[str, Any]:
    return {"cursor": {"id": 0, "ns": of, "firstBatch": list(documents)}}


def _oplog(hours: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def find(command: dict[str, Any]) -> dict[str, Any]:
        is_first = command["sort"]["$natural"] == 1
        time = 1_700_000_000 + (0 if is_first else int(hours * HOURS))
        return _cursor({"ts": bson.Timestamp(time, 1)}, of="local.oplog.rs")

    return find


@pytest.fixture
def mongo() -> Iterator[MongoServer]:
    with running_mongo() as server:
        server.answers |= {
            "hello": {
                "isWritablePrimary": True,
                "setName": "rs0",
                "hosts": [f"mongo.test:{server.port}"],
                "me": f"mongo.test:{server.port}",
                "maxWireVersion": 25,
                "minWireVersion": 0,
                "maxBsonObjectSize": 16_777_216,
                "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000,
            },
            "ping": {},
            "endSessions": {},
            "buildInfo": {"version": "8.0.1", "versionArray": [8, 0, 1, 0]},
            "serverStatus": {
                "storageEngine": {"name": "wiredTiger"},
                "oplogTruncation": {"oplogMinRetentionHours": 72.0},
            },
            "connectionStatus": {
                "authInfo": {
                    "authenticatedUserRoles": [
                        {"role": "readAnyDatabase", "db": "admin"},
                        {"role": "clusterMonitor", "db": "admin"},
                    ]
                }
            },
            "find": _oplog(100),
            "listDatabases": {"databases": [{"name": name} for name in ("shop", "admin")]},
            "listCollections": _cursor(
                {"name": "orders", "type": "collection"},
                {"name": "totals", "type": "view"},
                {"name": "readings", "type": "timeseries"},
            ),
            "count": {"n": 12_345},
        }
        yield server


def _hello(**changes: Any) -> Callable[[MongoServer], None]:
    def happen(mongo: MongoServer) -> None:
        found = mongo.answers["hello"]
        assert isinstance(found, dict)
        mongo.answers["hello"] = {
            key: value for key, value in {**found, **changes}.items() if value is not None
        }

    return happen


def _answering(command: str, answer: Any) -> Callable[[MongoServer], None]:
    return lambda mongo: mongo.answers.__setitem__(command, answer)


def _without(*commands: str) -> Callable[[MongoServer], None]:
    def happen(mongo: MongoServer) -> None:
        for command in commands:
            del mongo.answers[command]

    return happen


def _refusing_logins(mongo: MongoServer) -> None:
    mongo.answers["saslStart"] = {"ok": 0.0, "code": 18, "errmsg": "Authentication failed."}


def _roles(*names: str) -> Callable[[MongoServer], None]:
    roles = [{"role": name, "db": "admin"} for name in names]
    return _answering("connectionStatus", {"authInfo": {"authenticatedUserRoles": roles}})


def _short(hours: float) -> Callable[[MongoServer], None]:
    def happen(mongo: MongoServer) -> None:
        mongo.answers["find"] = _oplog(hours)
        mongo.answers["serverStatus"] = {"storageEngine": {"name": "wiredTiger"}}

    return happen


FAULTS = (
    Fault("reachable", source={"uri": "mongodb://127.0.0.1:1/shop"}),
    Fault("reachable", source={"uri": "mongodb+srv://no-such-cluster.mongo.test/shop"}),
    Fault("tls", source={"caCertificate": signed_for("mongo.test")[0]}),
    Fault("tls", source={"disableTls": False, "uri": "plain"}),
    Fault("login", _refusing_logins, LOGIN),
    Fault("login", source={"skipCertVerification": True}, outcome=Outcome.UNSEEN),
    Fault("login", source={"tlsHost": "other.test"}, outcome=Outcome.UNSEEN),
    Fault("topology", _hello(setName=None, hosts=None, me=None)),
    Fault("version", _answering("buildInfo", {"versionArray": [4, 2, 8, 0]})),
    Fault(
        "storage-engine",
        _answering(
            "serverStatus",
            {
                "storageEngine": {"name": "inMemory"},
                "oplogTruncation": {"oplogMinRetentionHours": 72.0},
            },
        ),
    ),
    Fault("oplog", _short(1.5)),
    Fault("oplog", _without("serverStatus", "find"), outcome=Outcome.UNSEEN),
    Fault("roles", _roles("readAnyDatabase")),
    Fault("roles", _roles("clusterMonitor", "read")),
    Fault("roles", _without("connectionStatus"), outcome=Outcome.UNSEEN),
    Fault("members", source={"members": "inner"}),
    Fault("collections", source={"tableMappings": [ORDERS | {"sourceCollection": "no_such"}]}),
    Fault("collection-kinds", source={"tableMappings": [ORDERS | {"sourceCollection": "totals"}]}),
)
KEPT = (
    Fault("all it needs"),
    Fault("a sharded cluster", _hello(setName=None, hosts=None, me=None, msg="isdbgrid")),
    Fault("a root", _roles("root")),
    Fault("a copy made once", _short(1.5), {"settings": {"replicationMode": "snapshot"}}),
)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody but a name server of this machine is asked where servers are."""
    records = {
        ("_mongodb._tcp.cluster0.mongo.test", "SRV"): "0 0 1 a.mongo.test.\n0 0 2 b.mongo.test.",
        ("cluster0.mongo.test", "TXT"): '"authSource=users&replicaSet=rs0&tls=false"',
        ("_mongodb._tcp.cluster1.mongo.test", "SRV"): "0 0 1 a.evil.example.",
        ("_mongodb._tcp.test", "SRV"): "0 0 1 a.test.",
    }
    with naming(records) as resolver:
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        yield


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "STEP_S", PATIENCE_S)


async def look(mongo: MongoServer, **changes: Any) -> Seen:
    members = changes.pop("members", "")
    plain = changes.get("uri") == "plain"
    with tls_before(mongo.port, CERTIFICATE, is_asked_for=False) as port:
        found = mongo.answers["hello"]
        assert isinstance(found, dict)
        if found.get("hosts"):
            named = f"mongo.test:{port}"
            others = ["inner.test:27017"] if members else []
            mongo.answers["hello"] = {**found, "hosts": [named, *others], "me": named}
        source = {
            "uri": f"mongodb://mongo.test:{port}/shop",
            "caCertificate": AUTHORITY,
            "tableMappings": [ORDERS],
            **changes,
        }
        if plain:
            source["uri"] = f"mongodb://mongo.test:{mongo.port}/shop"
        return await anyio.to_thread.run_sync(CHECK.look, Place(source, pin, lambda: PATIENCE_S))


def pin(host: str) -> str:
    if host == "inner.test":
        told = f"{host} has an address of a private network."
        raise AddressRefused(Checked("reachable", Outcome.UNSEEN, told))
    return "127.0.0.1"


NOBODY_ANSWERS = ("reachable", "tls")
"""What is found when a step is over in vain."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.finding)
async def test_a_fault_is_found_and_nothing_else(mongo, record_property, monkeypatch, fault: Fault):
    if fault.finding in NOBODY_ANSWERS:
        monkeypatch.setattr(cluster, "STEP_S", 1.0)
    seen = await looked_at(look, mongo, fault, record_property, SPEC.title)

    assert not_ok(seen) == [(fault.finding, fault.outcome)]
    (found,) = (one for one in seen.checked if one.outcome is not Outcome.OK)
    assert found.evidence
    assert found.mend
    assert PASSWORD not in repr(seen)


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_cluster_that_has_everything_is_clean(mongo, record_property, kept: Fault):
    seen = await looked_at(look, mongo, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert len(seen.checked) >= 5


async def test_collections_are_proposed_and_no_document_is_read(mongo):
    seen = await look(mongo, tableMappings=[])

    assert seen.proposal == {
        "read_preference": "secondaryPreferred",
        "settings": {"replication_mode": "cdc"},
        "table_mappings": [
            {
                "source_database_name": "shop",
                "source_collection": "orders",
                "target_table": "shop_orders",
                "table_engine": "ReplacingMergeTree",
            }
        ],
    }
    assert set(mongo.asked) <= {
        "hello", "ismaster", "isMaster", "buildInfo", "serverStatus", "find", "connectionStatus",
        "listDatabases", "listCollections", "endSessions",
    }  # fmt: skip


async def test_a_host_of_a_private_network_takes_the_operators_word(mongo):
    seen = await run_check(
        CHECK,
        {"uri": f"mongodb://127.0.0.1:{mongo.port}/shop"},
        SPEC.addresses({"uri": f"mongodb://127.0.0.1:{mongo.port}/shop"}),
        allow_private=False,
        secrets=(),
        clock=SystemClock(),
    )

    assert "CLICKPIPES_CHECKS=private" in seen.checked[0].mend
    assert mongo.asked == []


def test_only_harmless_options_of_an_address_are_kept():
    found = servers_of(
        "mongodb://a.example:1,b.example,[::1]:2/shop?authsource=users&replicaSet=rs0"
        "&tlsInsecure=true&tlsCAFile=/etc/passwd&proxyHost=evil.example&tls=false"
    )

    assert found.hosts == (("a.example", 1), ("b.example", 27017), ("::1", 2))
    assert found.options == {"authSource": "users", "replicaSet": "rs0"}
    assert found.database == "shop"
    assert servers_of("mongodb:///shop").problem


def test_a_cluster_is_found_by_its_name_and_within_its_own_domain_alone():
    found = servers_of("mongodb+srv://cluster0.mongo.test/shop?replicaSet=rs1")

    assert set(found.hosts) == {("a.mongo.test", 1), ("b.mongo.test", 2)}
    assert found.options == {"authSource": "users", "replicaSet": "rs1"}
    assert "another domain" in servers_of("mongodb+srv://cluster1.mongo.test/").problem
    assert servers_of("mongodb+srv://test/").problem
    assert "no servers" in servers_of("mongodb+srv://nobody.mongo.test/").problem
