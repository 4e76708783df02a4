"""The tables of a simulated service: logs, refused records, what pipes fill, system tables.

The real column lists of the log and error tables are not documented; these are plausible, and a
client has to describe the tables as it does there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from clickpipes_mcp.simulator.documents import items, text
from clickpipes_mcp.simulator.pipes.creation import target_tables
from clickpipes_mcp.simulator.pipes.workload import delay_ms, rate
from clickpipes_mcp.simulator.queries.functions import Row, Value
from clickpipes_mcp.simulator.queries.statement import SqlError
from clickpipes_mcp.simulator.troubles import TROUBLES
from clickpipes_mcp.simulator.world.organization import Service
from clickpipes_mcp.simulator.world.pipe import Pipe

LOG_TABLE: Final = "system.clickpipes_log"
LOG_COLUMNS: Final[Mapping[str, str]] = {
    "event_time": "DateTime64(6)",
    "clickpipe_id": "UUID",
    "clickpipe_name": "String",
    "level": "LowCardinality(String)",
    "message": "String",
}
ERROR_SUFFIX: Final = "_clickpipes_error"
ERROR_COLUMNS: Final[Mapping[str, str]] = {
    "event_time": "DateTime64(6)",
    "clickpipe_id": "UUID",
    "error_code": "LowCardinality(String)",
    "error": "String",
    "raw_message": "String",
}
# Source: ClickPipes documentation, the columns that change data capture adds to a table.
CDC_COLUMNS: Final[Mapping[str, str]] = {
    "id": "UInt64",
    "_peerdb_synced_at": "DateTime64(9)",
    "_peerdb_is_deleted": "Int8",
    "_peerdb_version": "Int64",
}
PARTS_COLUMNS: Final[Mapping[str, str]] = {
    "database": "String",
    "table": "String",
    "partition": "String",
    "name": "String",
    "active": "UInt8",
    "rows": "UInt64",
    "bytes_on_disk": "UInt64",
    "modification_time": "DateTime",
}
KEPT_S: Final = 7 * 86_400.0  # both kinds of error table forget after seven days
MOST_ROWS: Final = 5000  # of one stretch of trouble, the newest
_USUAL_PARTS: Final = 9
_SAMPLE_ROWS: Final = 10


@dataclass(frozen=True)
class Table:
    """Columns with their types, the rows, and how many there are where `rows` is a sample."""

    columns: Mapping[str, str]
    rows: Callable[[], Iterator[Row]]
    total: int | None = None


NO_TABLE: Final = Table({"dummy": "UInt8"}, lambda: iter(({"dummy": 0},)))


def table_named(service: Service, name: str, database: str, now: float) -> Table:
    """A table of the service. Raises SqlError."""
    wanted = name if "." in name else f"{database or 'default'}.{name}"
    if wanted == LOG_TABLE:
        return Table(LOG_COLUMNS, lambda: _log_rows(service, now))
    if wanted == "system.parts":
        return Table(PARTS_COLUMNS, lambda: _parts(service, now))
    if wanted == "system.columns":
        return Table(_COLUMNS_COLUMNS, lambda: _columns(service, now))
    if wanted == "system.tables":
        return Table(_TABLES_COLUMNS, lambda: _tables(service, now))
    for pipe in service.visible_pipes(now):
        targets = target_tables(pipe.kind, pipe.source, pipe.destination)
        if wanted in targets:
            return _filled(service, pipe, wanted, now)
        if not pipe.kind.database and wanted in [f"{one}{ERROR_SUFFIX}" for one in targets]:
            return Table(ERROR_COLUMNS, partial(_record_rows, pipe, now))
    if wanted in service.tables:
        return Table({"id": "UInt64"}, _no_rows, service.tables[wanted])
    raise SqlError(60, f"Unknown table expression identifier '{wanted}'", "UNKNOWN_TABLE")


def table_names(service: Service, now: float) -> list[str]:
    """The tables that pipes and people left in the service."""
    names = list(service.tables)
    for pipe in service.visible_pipes(now):
        targets = target_tables(pipe.kind, pipe.source, pipe.destination)
        names += targets
        if not pipe.kind.database:
            names += [f"{name}{ERROR_SUFFIX}" for name in targets]
    return list(dict.fromkeys(names))


def default_of(kind: str) -> Value:
    """What a column of this type holds when nothing was put there."""
    if kind.startswith("DateTime"):
        return datetime.fromtimestamp(0, UTC)
    return 0 if kind.startswith(("UInt", "Int", "Float", "Decimal")) else ""


def _no_rows() -> Iterator[Row]:
    return iter(())


def _times(pipe: Pipe, per_s: Callable[[str], float], now: float) -> Iterator[tuple[str, datetime]]:
    for episode in pipe.troubled_times(now):
        rate_per_s = per_s(episode.trouble)
        count = int(episode.erring_s() * rate_per_s)
        for index in range(max(count - MOST_ROWS, 0) + 1, count + 1):
            at = episode.mark.since + index / rate_per_s
            if now - at < KEPT_S:
                yield episode.trouble, datetime.fromtimestamp(at, UTC)


def _log_rows(service: Service, now: float) -> Iterator[Row]:
    for pipe in service.visible_pipes(now):
        if pipe.kind.database:
            continue  # what database pipes log is in the console only
        for name, at in _times(pipe, lambda one: TROUBLES[one].says_per_s, now):
            yield {
                "event_time": at,
                "clickpipe_id": pipe.id,
                "clickpipe_name": pipe.name,
                "level": "error",
                "message": TROUBLES[name].says,
            }


def _record_rows(pipe: Pipe, now: float) -> Iterator[Row]:
    for name, at in _times(pipe, lambda one: TROUBLES[one].records_per_s, now):
        record = TROUBLES[name].record
        if record is not None:
            yield {
                "event_time": at,
                "clickpipe_id": pipe.id,
                "error_code": record.code,
                "error": record.text,
                "raw_message": record.raw,
            }


def _filled(service: Service, pipe: Pipe, name: str, now: float) -> Table:
    targets = target_tables(pipe.kind, pipe.source, pipe.destination)
    rows = int(pipe.totals(now).sent_s * rate(pipe)) // max(len(targets), 1)
    total = service.tables.get(name, 0) + rows
    if pipe.kind.database:
        landed = datetime.fromtimestamp(_last_sent(pipe, now), UTC)
        row: Row = {
            "id": 1, "_peerdb_synced_at": landed, "_peerdb_is_deleted": 0, "_peerdb_version": 1
        }  # fmt: skip
        return Table(CDC_COLUMNS, lambda: iter([row] * min(total, _SAMPLE_ROWS)), total)
    columns = {text(one, "name"): text(one, "type") for one in items(pipe.destination, "columns")}
    empty = {column: default_of(kind) for column, kind in columns.items()}
    return Table(columns, lambda: iter([empty] * min(total, _SAMPLE_ROWS)), total)


def _last_sent(pipe: Pipe, now: float) -> float:
    trouble = pipe.present_trouble()
    moves = pipe.state(now) in ("Running", "Degraded", "Snapshot")
    if moves and (trouble is None or trouble.sends > 0):
        return now - delay_ms(pipe, now) / 1000
    return pipe.mark.since


def _parts(service: Service, now: float) -> Iterator[Row]:
    crowded: dict[str, int] = {}
    for pipe in service.visible_pipes(now):
        trouble = pipe.present_trouble()
        for name in target_tables(pipe.kind, pipe.source, pipe.destination):
            if pipe.totals(now).sent_s:
                crowded[name] = (trouble.parts if trouble else 0) or _USUAL_PARTS
    for name in service.tables:
        crowded.setdefault(name, 1)
    for name, count in crowded.items():
        database, _, table = name.partition(".")
        for index in range(1, count + 1):
            yield {
                "database": database,
                "table": table,
                "partition": "tuple()",
                "name": f"all_{index}_{index}_0",
                "active": 1,
                "rows": 80,
                "bytes_on_disk": 49_152,
                "modification_time": datetime.fromtimestamp(now, UTC),
            }


_COLUMNS_COLUMNS: Final[Mapping[str, str]] = {
    "database": "String", "table": "String", "name": "String", "type": "String",
    "position": "UInt64",
}  # fmt: skip
_TABLES_COLUMNS: Final[Mapping[str, str]] = {
    "database": "String", "name": "String", "engine": "String", "total_rows": "UInt64"
}  # fmt: skip


def _columns(service: Service, now: float) -> Iterator[Row]:
    for name in (LOG_TABLE, *table_names(service, now)):
        database, _, table = name.partition(".")
        described = table_named(service, name, "", now).columns
        for position, (column, kind) in enumerate(described.items(), start=1):
            yield {
                "database": database,
                "table": table,
                "name": column,
                "type": kind,
                "position": position,
            }


def _tables(service: Service, now: float) -> Iterator[Row]:
    for name in table_names(service, now):
        database, _, table = name.partition(".")
        found = table_named(service, name, "", now)
        yield {
            "database": database,
            "name": table,
            "engine": "SharedMergeTree",
            "total_rows": found.total if found.total is not None else sum(1 for _ in found.rows()),
        }
