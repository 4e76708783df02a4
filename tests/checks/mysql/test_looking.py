"""What a look at a real MariaDB finds: each fault, and nothing else."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from clickpipes_mcp.checks import Outcome, Seen, mysql, run_check
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.source_facts import Address
from tests import diagnosed_table
from tests.checks.mariadb_server import MariadbServer, running_mariadb
from tests.checks.postgres_server import PASSWORD

pytestmark = [pytest.mark.anyio, pytest.mark.mariadb]
CHECK = mysql.CHECK
READY = (
    "CREATE TABLE orders (id int PRIMARY KEY, note text, twice int AS (id * 2) STORED)",
    "CREATE TABLE visits (day date, page text)",
    "CREATE VIEW cheap AS SELECT * FROM orders",
    "GRANT SELECT ON shop.* TO clickpipes@'%'",
    "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO clickpipes@'%'",
)


def mapping(table: str, **more: Any) -> dict[str, Any]:
    return {
        "sourceSchemaName": "shop",
        "sourceTable": table,
        "targetTable": f"shop_{table}",
        **more,
    }


MAPPINGS = [mapping("orders", excludedColumns=["twice"]), mapping("visits")]


@dataclass(frozen=True)
class Fault:
    """What is wrong, how that comes, how it is mended, and what of the source is asked for."""

    finding: str
    statements: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)


def _set(finding: str, name: str, wrong: str, right: str) -> Fault:
    return Fault(
        finding, (f"SET GLOBAL {name} = {wrong}",), (f"SET GLOBAL {name} = {right}",)
    )  # fmt: skip


FAULTS = (
    _set("binlog-format", "binlog_format", "'STATEMENT'", "'ROW'"),
    _set("binlog-row-image", "binlog_row_image", "'MINIMAL'", "'FULL'"),
    _set("binlog-row-metadata", "binlog_row_metadata", "'NO_LOG'", "'FULL'"),
    _set("binlog-retention", "binlog_expire_logs_seconds", "3600", "259200"),
    Fault("log-bin", options=("--skip-log-bin",)),
    Fault(
        "replica-updates",
        (
            "GRANT SLAVE MONITOR ON *.* TO clickpipes@'%'",
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1'",
        ),
        ("RESET SLAVE ALL", "REVOKE SLAVE MONITOR ON *.* FROM clickpipes@'%'"),
    ),
    Fault("flavour", source={"type": "mysql"}),
    Fault(
        "replication-right",
        ("REVOKE REPLICATION SLAVE ON *.* FROM clickpipes@'%'",),
        ("GRANT REPLICATION SLAVE ON *.* TO clickpipes@'%'",),
    ),
    Fault(
        "replication-right",
        ("REVOKE BINLOG MONITOR ON *.* FROM clickpipes@'%'",),
        ("GRANT BINLOG MONITOR ON *.* TO clickpipes@'%'",),
    ),
    Fault(
        "tables-exist",
        ("REVOKE SELECT ON shop.* FROM clickpipes@'%'",),
        ("GRANT SELECT ON shop.* TO clickpipes@'%'",),
    ),
    Fault(
        "select-right",
        (
            "REVOKE SELECT ON shop.* FROM clickpipes@'%'",
            "GRANT INSERT ON shop.* TO clickpipes@'%'",
        ),
        (
            "REVOKE INSERT ON shop.* FROM clickpipes@'%'",
            "GRANT SELECT ON shop.* TO clickpipes@'%'",
        ),
    ),
    Fault("tables-exist", source={"tableMappings": [*MAPPINGS, mapping("nowhere")]}),
    Fault(
        "table-kinds",
        source={"tableMappings": [*MAPPINGS, mapping("cheap", excludedColumns=["twice"])]},
    ),
    Fault("generated-columns", source={"tableMappings": [mapping("orders")]}),
    Fault("login", source={"credentials": {"username": "clickpipes", "password": "wrong one"}}),
)
KEPT = (
    Fault("all it needs"),
    Fault("all tables", source={"tableMappings": None}),
    Fault("a copy that is made once", source={"settings": {"replicationMode": "snapshot"}}),
)


@pytest.fixture(scope="module")
def server() -> Iterator[MariadbServer]:
    with running_mariadb() as running:
        running.execute(*READY)
        yield running


async def look(server: MariadbServer, *, show_sample: bool = False, **changes: Any) -> Seen:
    given = {
        "type": "mariadb",
        "host": "127.0.0.1",
        "port": server.port,
        "credentials": {"username": "clickpipes", "password": PASSWORD},
        "disableTls": True,
        "settings": {"replicationMode": "cdc"},
        "tableMappings": MAPPINGS,
        **changes,
    }
    return await run_check(
        CHECK,
        given,
        [Address("127.0.0.1")],
        allow_private=True,
        secrets={PASSWORD},
        clock=SystemClock(),
        show_sample=show_sample,
    )


def not_ok(seen: Seen) -> list[str]:
    return [one.prerequisite for one in seen.checked if one.outcome is not Outcome.OK]


async def looked_at(server: MariadbServer, fault: Fault, record_property, wanted: str) -> Seen:
    if fault.options:
        server.restart(*fault.options)
    server.execute(*fault.statements)
    try:
        began = time.perf_counter()
        seen = await look(server, **fault.source)
        took_ms = f"{(time.perf_counter() - began) * 1000:.0f}"
    finally:
        server.execute(*fault.mended)
        if fault.options:
            server.restart()
    false = [one for one in not_ok(seen) if one != wanted]
    found = "yes" if wanted in not_ok(seen) else "no" if wanted else "-"
    name = fault.finding if wanted else f"nothing: {fault.finding}"
    record_property(diagnosed_table.CHECKED, ("MariaDB", name, found, len(false), took_ms))
    return seen


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(server, record_property, kept: Fault):
    assert not_ok(await looked_at(server, kept, record_property, "")) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.finding)
async def test_a_fault_is_found_and_nothing_else(server, record_property, fault: Fault):
    seen = await looked_at(server, fault, record_property, fault.finding)

    assert not_ok(seen) == [fault.finding]
    (found,) = (one for one in seen.checked if one.outcome is not Outcome.OK)
    assert found.evidence
    assert found.mend


async def test_without_tables_those_that_can_be_replicated_are_proposed(server):
    seen = await look(server, tableMappings=None)

    mappings = {one["source_table"]: one for one in seen.proposal["table_mappings"]}
    assert mappings.keys() == {"orders", "visits"}
    assert mappings["orders"]["excluded_columns"] == ["twice"]
    assert mappings["visits"]["sorting_keys"] == ["day", "page"]


async def test_with_tls_a_server_without_it_is_given_no_password(server):
    seen = await look(server, disableTls=None)

    assert [one.outcome for one in seen.checked] == [Outcome.UNSEEN]


async def test_rows_are_shown_where_that_is_asked_for(server) -> None:
    server.execute(
        "CREATE TABLE shop.`a``b` (id int PRIMARY KEY, `the password` text, at date, raw blob)",
        "INSERT INTO shop.`a``b` VALUES (1, 'of a person', '2026-01-31', repeat('x', 60000))",
        "GRANT SELECT ON shop.* TO clickpipes",
    )
    try:
        mapped = [{"sourceSchemaName": "shop", "sourceTable": "a`b", "targetTable": "t"}]
        seen = await look(server, show_sample=True, tableMappings=mapped)
    finally:
        server.execute("DROP TABLE shop.`a``b`")

    (row,) = seen.sample
    assert "2026-01-31" in row
    assert "200 bytes" in row
    assert "of a person" not in row
