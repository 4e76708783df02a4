"""What ClickPipes needs of a PostgreSQL source, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/postgres, and PeerDB,
flow/connectors/postgres/validate.go.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.checklist import Checked, Outcome
from clickpipes_mcp.checks.judging import Judged, judge
from clickpipes_mcp.checks.postgres import publication_prerequisites as publications
from clickpipes_mcp.checks.postgres import server_prerequisites as server
from clickpipes_mcp.checks.postgres import table_prerequisites as tables
from clickpipes_mcp.checks.postgres.facts import Facts

OLDEST: Final = 120000


Judge: TypeAlias = Callable[[Facts], Judged]


def judge_all(facts: Facts) -> Iterator[Checked]:
    """Every prerequisite that applies to what the pipe is to do."""
    yield version_of(facts.server.version)
    yield from judge(JUDGES, facts)


def version_of(version: int) -> Checked:
    """Whether the server is new enough."""
    told = f"The server is PostgreSQL {version // 10_000}."
    if version >= OLDEST:
        return Checked("version", Outcome.OK, told)
    return Checked("version", Outcome.NOT_OK, told, "Upgrade to PostgreSQL 12 or later.")


def _replicating(judged: Judge) -> Judge:
    """Of a pipe that replicates changes; one that copies once needs none of it."""
    return lambda facts: None if facts.wish.copies_once else judged(facts)


JUDGES: Final[Mapping[str, Judge]] = {
    "no-pooler": _replicating(server.pooler),
    "wal-level": _replicating(server.wal_level),
    "wal-senders": _replicating(server.wal_senders),
    "replication-slots": _replicating(server.slots),
    "wal-kept": _replicating(server.wal_kept),
    "replication-right": _replicating(server.replication_right),
    "tables-exist": tables.tables_exist,
    "table-kinds": _replicating(tables.table_kinds),
    "select-right": tables.select_right,
    "column-right": tables.columns_readable,
    "row-security": tables.row_security,
    "replica-identity": _replicating(tables.keys),
    "partition-identity": _replicating(tables.partition_keys),
    "partition-roots": _replicating(tables.partition_roots),
    "generated-columns": tables.generated,
    "types": tables.types,
    "publication": _replicating(publications.publication),
    "publication-tables": _replicating(publications.published_tables),
    "publication-changes": _replicating(publications.published_changes),
    "publication-via-root": _replicating(publications.via_root),
    "slot": _replicating(publications.slot),
    "failover-slots": _replicating(server.failover),
    "standby": _replicating(server.standby),
}
"""By the id of the prerequisite, in the order in which a person would look."""
