"""Every way in which a PostgreSQL source is set up wrongly, and what has to be found of it.

A fault is applied to a source that has everything, and taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.checks.postgres_server import PASSWORD, PostgresServer

READY = (
    f"CREATE ROLE clickpipes LOGIN REPLICATION PASSWORD '{PASSWORD}'",
    "CREATE TABLE orders (id int PRIMARY KEY, note text, price numeric)",
    "ALTER TABLE orders ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED",
    "CREATE TABLE visits (at date, page text) PARTITION BY RANGE (at)",
    "CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "ALTER TABLE visits REPLICA IDENTITY FULL",
    "ALTER TABLE visits_2026 REPLICA IDENTITY FULL",
    "CREATE VIEW cheap AS SELECT * FROM orders WHERE price < 10",
    "CREATE PUBLICATION pipes FOR TABLE orders, visits WITH (publish_via_partition_root = true)",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO clickpipes",
)


def mapping(table: str, **more: Any) -> dict[str, Any]:
    return {
        "source_schema_name": "public",
        "source_table": table,
        "target_table": f"public_{table}",
        "table_engine": "ReplacingMergeTree",
        **more,
    }


MAPPINGS = [mapping("orders", excluded_columns=["twice"]), mapping("visits")]
SETTINGS = {"replication_mode": "cdc", "publication_name": "pipes"}


@dataclass(frozen=True)
class Fault:
    """What is wrong, how that comes, how it is mended, and what of the source is asked for."""

    finding: str
    statements: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    options: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)

    def happen(self, server: PostgresServer) -> None:
        if self.options:
            server.control("restart", self.options)
        server.execute(*self.statements)

    def end(self, server: PostgresServer) -> None:
        server.execute(*self.mended)
        if self.options:
            server.control("restart")


def _source(**changes: Any) -> dict[str, Any]:
    return {"settings": SETTINGS | changes}


_CDC_ONLY = {"replication_mode": "cdc_only"}

FAULTS = (
    Fault("wal-level", options="-c wal_level=replica -c max_replication_slots=10"),
    Fault("wal-senders", options="-c max_wal_senders=1"),
    Fault("replication-slots", options="-c max_replication_slots=3"),
    Fault(
        "wal-kept",
        ("ALTER SYSTEM SET max_slot_wal_keep_size = '4GB'", "SELECT pg_reload_conf()"),
        ("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()"),
    ),
    Fault(
        "types",
        ("ALTER TABLE orders ADD COLUMN wide numeric(100,50)",),
        ("ALTER TABLE orders DROP COLUMN wide",),
    ),
    Fault(
        "replication-right",
        ("ALTER ROLE clickpipes NOREPLICATION",),
        ("ALTER ROLE clickpipes REPLICATION",),
    ),
    Fault("tables-exist", source={"table_mappings": [*MAPPINGS, mapping("nowhere")]}),
    Fault(
        "table-kinds",
        source={"table_mappings": [*MAPPINGS, mapping("cheap")]},
    ),
    Fault(
        "select-right",
        ("REVOKE SELECT ON orders FROM clickpipes",),
        ("GRANT SELECT ON orders TO clickpipes",),
    ),
    Fault(
        "select-right",
        ("REVOKE USAGE ON SCHEMA public FROM PUBLIC",),
        ("GRANT USAGE ON SCHEMA public TO PUBLIC",),
    ),
    Fault(
        "column-right",
        (
            "REVOKE SELECT ON orders FROM clickpipes",
            "GRANT SELECT (id, note) ON orders TO clickpipes",
        ),
        ("REVOKE ALL ON orders FROM clickpipes", "GRANT SELECT ON orders TO clickpipes"),
    ),
    Fault(
        "row-security",
        ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY",),
        ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY",),
    ),
    Fault(
        "replica-identity",
        ("ALTER TABLE orders DROP CONSTRAINT orders_pkey",),
        ("ALTER TABLE orders ADD PRIMARY KEY (id)",),
    ),
    Fault(
        "replica-identity",
        ("ALTER TABLE orders REPLICA IDENTITY NOTHING",),
        ("ALTER TABLE orders REPLICA IDENTITY DEFAULT",),
    ),
    Fault(
        "partition-identity",
        ("ALTER TABLE visits_2026 REPLICA IDENTITY NOTHING",),
        ("ALTER TABLE visits_2026 REPLICA IDENTITY FULL",),
    ),
    Fault("partition-roots", source={"table_mappings": [*MAPPINGS, mapping("visits_2026")]}),
    Fault("generated-columns", source={"table_mappings": [mapping("orders"), mapping("visits")]}),
    Fault("publication", source=_source(publication_name="nowhere")),
    Fault("publication", source={"settings": {"replication_mode": "cdc"}}),
    Fault(
        "publication-tables",
        ("ALTER PUBLICATION pipes DROP TABLE orders",),
        ("ALTER PUBLICATION pipes ADD TABLE orders",),
    ),
    Fault(
        "publication-changes",
        ("ALTER PUBLICATION pipes SET (publish = 'insert')",),
        ("ALTER PUBLICATION pipes SET (publish = 'insert, update, delete, truncate')",),
    ),
    Fault(
        "publication-via-root",
        ("ALTER PUBLICATION pipes SET (publish_via_partition_root = false)",),
        ("ALTER PUBLICATION pipes SET (publish_via_partition_root = true)",),
    ),
    Fault("slot", source=_source(**_CDC_ONLY, replication_slot_name="nowhere")),
    Fault(
        "slot",
        ("SELECT pg_create_physical_replication_slot('old_slot')",),
        ("SELECT pg_drop_replication_slot('old_slot')",),
        source=_source(**_CDC_ONLY, replication_slot_name="old_slot"),
    ),
    Fault("failover-slots", source=_source(enable_failover_slots=True)),
    Fault("login", source={"credentials": {"username": "clickpipes", "password": "wrong one"}}),
    Fault("login", source={"database": "nowhere"}),
)

KEPT = (
    Fault("all it needs"),
    Fault(
        "a slot of its own",
        ("SELECT pg_create_logical_replication_slot('own_slot', 'pgoutput')",),
        ("SELECT pg_drop_replication_slot('own_slot')",),
        source=_source(**_CDC_ONLY, replication_slot_name="own_slot"),
    ),
    Fault("a copy that is made once", source={"settings": {"replication_mode": "snapshot"}}),
)
"""Sources in which nothing is wrong."""
