"""What a look at a project finds: each fault, nothing else. The server is ours, not Google's."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.bigquery.looking import MOST_TABLES, ProjectLook
from clickpipes_mcp.checks.bigquery.places import can_export
from clickpipes_mcp.checks.bigquery.prerequisites import BUCKET_RIGHTS, TABLE_RIGHTS
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.fault_table import Fault, looked_at, not_ok, wrongly_judged
from tests.checks.google.google_server import GoogleServer, key_file, running_google

pytestmark = pytest.mark.anyio
SPEC = source_named("bigquery")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
PROJECT = "/bigquery/v2/projects/example-project"
QUERIES = f"{PROJECT}/queries"
TABLES = f"{PROJECT}/datasets/shop/tables"
ORDERS = f"{TABLES}/orders"
VISITS = f"{TABLES}/visits"
BUCKET = "/storage/v1/b/example-staging"


def table(**changes: Any) -> dict[str, Any]:
    return {
        "type": "TABLE",
        "location": "EU",
        "numRows": "1200",
        "numBytes": "3145728",
        "schema": {
            "fields": [
                {"name": "id", "type": "INTEGER", "mode": "REQUIRED"},
                {"name": "at", "type": "TIMESTAMP"},
                {"name": "home", "type": "RECORD", "fields": []},
            ]
        },
        **changes,
    }


def fill(running: GoogleServer) -> None:
    """What a source has that lacks nothing."""
    listed = [{"tableReference": {"tableId": name}} for name in ("orders", "visits", "recent")]
    running.resources |= {
        QUERIES: {"jobComplete": True},
        f"{PROJECT}/datasets": {"datasets": [{"datasetReference": {"datasetId": "shop"}}]},
        TABLES: {"tables": listed},
        ORDERS: table(tableConstraints={"primaryKey": {"columns": ["id"]}}),
        VISITS: table(clustering={"fields": ["at"]}),
        f"{TABLES}/recent": table(type="VIEW"),
        f"{TABLES}/plain": table(),
        BUCKET: {"name": "example-staging", "location": "EUROPE-WEST1"},
    }
    running.rights |= {path: set(TABLE_RIGHTS) for path in running.resources}
    running.rights[BUCKET] = set(BUCKET_RIGHTS)


@contextmanager
def ready() -> Iterator[GoogleServer]:
    with running_google() as running:
        fill(running)
        yield running


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with ready() as running:
        yield running


def mapping(name: str, **more: Any) -> dict[str, Any]:
    return {"sourceDatasetName": "shop", "sourceTable": name, "targetTable": name, **more}


def _table(path: str, **changes: Any) -> Callable[[GoogleServer], None]:
    def happen(google: GoogleServer) -> None:
        google.resources[path] = google.resources[path] | changes

    return happen


def _refuse(path: str, status: int = 403, reason: str = "accessDenied") -> Callable[..., None]:
    def happen(google: GoogleServer) -> None:
        google.refused[path] = (status, reason, "Access Denied.")

    return happen


def _refuse_all(google: GoogleServer) -> None:
    google.refused = dict.fromkeys(
        google.resources,
        (403, "accessNotConfigured", "BigQuery API has not been used in project 1 before."),
    )


def _without(path: str, right: str) -> Callable[[GoogleServer], None]:
    return lambda google: google.rights[path].discard(right)


def _empty(google: GoogleServer) -> None:
    google.resources[f"{PROJECT}/datasets"] = {}


_BY_QUERY = {"replicationMode": "cdc", "replicationMethod": "query_based"}
FAULTS = (
    Fault("job-right", _refuse(QUERIES)),
    Fault("job-right", _refuse_all),
    Fault("job-right", _refuse(QUERIES, 404, "notFound")),
    Fault("job-right", _refuse(QUERIES, 503, "backendError"), outcome=Outcome.UNSEEN),
    Fault("tables-exist", source={"tableMappings": [mapping("orders"), mapping("nowhere")]}),
    Fault("tables-exist", source={"tableMappings": [mapping("orders"), mapping("../queries")]}),
    Fault("tables-exist", _empty, {"tableMappings": None}),
    Fault("table-right", _refuse(ORDERS)),
    Fault("table-right", _refuse(ORDERS, 500, "backendError"), outcome=Outcome.UNSEEN),
    Fault("table-right", _without(ORDERS, "bigquery.tables.export")),
    Fault("table-right", _without(VISITS, "bigquery.tables.getData")),
    Fault("table-right", _refuse(f"{ORDERS}:testIamPermissions"), outcome=Outcome.UNSEEN),
    Fault("table-kinds", source={"tableMappings": [mapping("orders"), mapping("recent")]}),
    Fault("table-kinds", _table(ORDERS, type="EXTERNAL")),
    Fault("mapped-columns", source={"tableMappings": [mapping("orders", sortingKeys=["no"])]}),
    Fault("mapped-columns", source={"tableMappings": [mapping("orders", excludedColumns=["no"])]}),
    Fault(
        "watermark-column",
        source={
            "settings": _BY_QUERY,
            "tableMappings": [mapping("orders", queryCdcWatermarkColumn="id")],
        },
    ),
    Fault("staging-bucket", lambda google: google.resources.pop(BUCKET)),
    Fault("staging-bucket", _without(BUCKET, "storage.objects.create")),
    Fault("staging-bucket", _without(BUCKET, "storage.buckets.get")),
    Fault("staging-bucket", _refuse(f"{BUCKET}/iam/testPermissions"), outcome=Outcome.UNSEEN),
    Fault("staging-location", _table(BUCKET, location="US")),
    Fault("login", source={"credentials": {"serviceAccountFile": "bm8ga2V5"}}),
)
KEPT = (
    Fault("all it needs"),
    Fault("all tables", source={"tableMappings": None}),
    Fault(
        "changes by a query",
        source={
            "settings": _BY_QUERY,
            "tableMappings": [mapping("orders", queryCdcWatermarkColumn="at")],
        },
    ),
)


async def look(google: GoogleServer, **changes: Any) -> Seen:
    given = {
        "snapshotStagingPath": "gs://example-staging/clickpipes/",
        "credentials": {"serviceAccountFile": base64.b64encode(key_file().encode()).decode()},
        "settings": {"replicationMode": "snapshot"},
        "tableMappings": [mapping("orders"), mapping("visits", sortingKeys=["at"])],
        **changes,
    }
    return await run_check(
        replace(CHECK, look=ProjectLook(google.endpoints)),
        given,
        [],
        allow_private=True,
        secrets=(),
        clock=SystemClock(),
    )


async def test_each_fault_is_found_and_nothing_else(record_property):
    wrong = await wrongly_judged(look, ready, FAULTS, record_property, SPEC.title)

    assert wrong == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(google, record_property, kept: Fault):
    seen = await looked_at(look, google, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert len(seen.checked) >= 5


async def test_without_tables_those_that_can_be_copied_are_proposed(google):
    google.resources[TABLES]["tables"].append({"tableReference": {"tableId": "plain"}})

    seen = await look(google, tableMappings=None)

    orders, visits, plain = seen.proposal["table_mappings"]
    assert orders == {
        "source_dataset_name": "shop",
        "source_table": "orders",
        "target_table": "shop_orders",
        "table_engine": "ReplacingMergeTree",
        "use_custom_sorting_key": True,
        "sorting_keys": ["id"],
    }
    assert (visits["table_engine"], visits["sorting_keys"]) == ("MergeTree", ["at"])
    assert "sorting_keys" not in plain
    assert seen.destination == {"database": "default"}
    rows, text, unsorted = seen.notes
    assert "3,600 rows" in rows
    assert "shop.orders.home" in text
    assert "shop.plain" in unsorted


async def test_nothing_runs_and_no_row_is_read(google):
    await look(google)

    assert {entry for entry in google.asked if entry.startswith("POST") and "Iam" not in entry} == {
        "POST /token",
        f"POST {QUERIES}",
    }
    assert [body for path, body in google.sent if path == QUERIES] == [
        {"query": "SELECT 1", "useLegacySql": False, "dryRun": True}
    ]


async def test_only_so_many_tables_are_looked_at(google):
    names = [f"t{number}" for number in range(MOST_TABLES + 5)]
    google.resources[TABLES] = {"tables": [{"tableReference": {"tableId": one}} for one in names]}
    google.resources |= {f"{TABLES}/{one}": table() for one in names}

    seen = await look(google, tableMappings=None)

    assert len(seen.proposal["table_mappings"]) == MOST_TABLES
    assert f"first {MOST_TABLES} tables" in seen.notes[-1]


@pytest.mark.parametrize(
    ("dataset", "bucket", "can"),
    [
        ("US", "EUROPE-WEST1", True),
        ("EU", "EUR4", True),
        ("EU", "US", False),
        ("EUROPE-WEST1", "EUROPE-WEST1", True),
        ("EUROPE-WEST1", "EUROPE-WEST4", False),
        ("EUROPE-WEST1", "EU", True),
        ("US-CENTRAL1", "EU", False),
        ("MARS", "EU", True),
        ("", "EU", True),
    ],
)
def test_where_an_export_may_go(dataset, bucket, can):
    assert can_export(dataset, bucket) is can
