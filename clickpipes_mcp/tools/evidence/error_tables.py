"""What pipes wrote about their errors, read from the service with statements made to measure.

The tables are documented, their columns are not: each is described first, and columns are chosen
by name and type. Source: ClickPipes documentation, error reporting; clickhousectl's guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe, SqlRow
from clickpipes_mcp.diagnosis import Row
from clickpipes_mcp.errors import RefusedByApi
from clickpipes_mcp.redaction import clean

LOG: Final = "system.clickpipes_log"
ERROR_SUFFIX: Final = "_clickpipes_error"
KEPT_DAYS: Final = 7
"""Both tables forget after that."""

RECENT_HOURS: Final = 1
"""How far back the errors of a pipe at work are read."""

_TIMES: Final = ("event_time", "timestamp", "created_at", "time")
_TEXTS: Final = ("message", "error", "error_message", "exception", "text", "reason")
_CODES: Final = ("error_code", "code", "error_type")
_PIPES: Final = ("clickpipe_id", "pipe_id", "clickpipe_uuid")
_NAMES: Final = ("clickpipe_name", "pipe_name")
_UNKNOWN_TABLE: Final = "UNKNOWN_TABLE"
MOST_TEXTS: Final = 10
"""Different errors that are read of a table, the newest."""

_RELATED: Final = timedelta(hours=1)


class ColumnsNotRecognised(Exception):
    """The table has no column that would do; the message says which is missing."""


@dataclass(frozen=True)
class _Layout:
    """The columns that matter; empty where the table has none."""

    text: str
    code: str
    time: str
    pipe: str
    name: str


async def log_rows(app: App, pipe: Pipe, *, is_at_rest: bool) -> tuple[Row, ...]:
    """Operational errors of a pipe, newest first.

    Those of the last hour, or for a pipe at rest of the last hour in which it wrote any.

    Raises:
        ColumnsNotRecognised: The table is not as expected.
        ClickPipesError: It cannot be read.
    """
    layout = _layout(await app.client.query(pipe.service_id, f"DESCRIBE TABLE {LOG}"))
    if not layout.text or not (layout.pipe or layout.name):
        raise ColumnsNotRecognised(f"{LOG} has no column for the message or for the pipe")
    column, value = (layout.pipe, pipe.id) if layout.pipe else (layout.name, pipe.truth.name)
    sql = _statement(
        f"clusterAllReplicas('default', {LOG})",
        layout,
        [f"toString({_quoted(column)}) = {_literal(value)}"],
        is_at_rest=is_at_rest,
    )
    return _rows(await app.client.query(pipe.service_id, sql))


async def record_rows(app: App, pipe: Pipe, *, is_at_rest: bool) -> tuple[Row, ...]:
    """Why records were refused, newest first; a table that was never made holds none.

    Raises: As `log_rows`.
    """
    table = error_table(pipe.truth.destination)
    try:
        described = await app.client.query(pipe.service_id, f"DESCRIBE TABLE {table}")
    except RefusedByApi as error:
        if _UNKNOWN_TABLE in error.text:
            return ()
        raise
    layout = _layout(described)
    if not layout.text:
        raise ColumnsNotRecognised(f"{clean(table, limit=255)} has no column for the error")
    mine = [f"toString({_quoted(layout.pipe)}) = {_literal(pipe.id)}"] if layout.pipe else []
    sql = _statement(table, layout, mine, is_at_rest=is_at_rest)
    return _rows(await app.client.query(pipe.service_id, sql))


def error_table(destination: Mapping[str, object]) -> str:
    """The table beside a pipe's own that holds its refused records, quoted."""
    database = str(destination.get("database") or "default")
    table = f"{destination.get('table') or ''}{ERROR_SUFFIX}"
    return f"{_quoted(database)}.{_quoted(table)}"


def _layout(described: Sequence[SqlRow]) -> _Layout:
    types = {str(row.get("name", "")): str(row.get("type", "")) for row in described}
    texts = [name for name, kind in types.items() if "String" in kind]
    times = [name for name, kind in types.items() if "DateTime" in kind]

    def first(wanted: Sequence[str], among: Sequence[str]) -> str:
        return next((name for name in wanted if name in among), "")

    return _Layout(
        text=first(_TEXTS, texts),
        code=first(_CODES, list(types)),
        time=first((*_TIMES, *times), times),
        pipe=first(_PIPES, list(types)),
        name=first(_NAMES, list(types)),
    )


def _statement(table: str, layout: _Layout, conditions: Sequence[str], *, is_at_rest: bool) -> str:
    """The newest different errors, and how often each was seen."""
    keys = [_quoted(name) for name in (layout.text, layout.code) if name]
    shown = [f"{key} AS {alias}" for key, alias in zip(keys, ("said", "code"), strict=False)]
    shown.append("count() AS seen")
    where = list(conditions)
    order = "seen"
    if layout.time:
        time = _quoted(layout.time)
        span = f"{KEPT_DAYS} DAY" if is_at_rest else f"{RECENT_HOURS} HOUR"
        where.append(f"{time} > now() - INTERVAL {span}")
        shown.append(f"toUnixTimestamp(min({time})) AS since")
        shown.append(f"toUnixTimestamp(max({time})) AS last")
        order = "last"
    filters = f" WHERE {' AND '.join(where)}" if where else ""
    return " ".join(
        (
            "SELECT",
            ", ".join(shown),
            f"FROM {table}{filters}",
            f"GROUP BY {', '.join(keys)}",
            f"ORDER BY {order} DESC LIMIT {MOST_TEXTS}",
        )
    )


def _rows(found: Sequence[SqlRow]) -> tuple[Row, ...]:
    newest = max((time for row in found if (time := _moment(row, "last"))), default=None)
    return tuple(
        Row(_said(row), _count(row.get("seen")), _moment(row, "since"), _moment(row, "last"))
        for row in found
        if newest is None or (_moment(row, "last") or newest) >= newest - _RELATED
    )


def _said(row: SqlRow) -> str:
    code, said = row.get("code"), row.get("said")
    return f"{code}: {said}" if code not in (None, "") else str(said)


def _count(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 1


def _moment(row: SqlRow, key: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(row.get(key))), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
