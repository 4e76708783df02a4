"""The query endpoint of a service, for the few statements that look at pipes.

Understood: `SELECT` with plain numbers or text (`SELECT 1`), `SELECT ... FROM` one of
`system.clickpipes_log`, `<database>.<table>_clickpipes_error` or a table that pipes filled, and
`DESCRIBE TABLE` of the first two. Columns asked for, `WHERE` conditions and functions are not
evaluated: a select answers every column of the latest rows, a `count()` their number.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.creation import target_tables
from clickpipes_mcp.simulator.documents import JsonObject, text
from clickpipes_mcp.simulator.lifecycle import SERVICES, Mark
from clickpipes_mcp.simulator.requests import body_of
from clickpipes_mcp.simulator.scenarios import TROUBLES
from clickpipes_mcp.simulator.timeline import timestamp
from clickpipes_mcp.simulator.world import Pipe, Service, World

LOG_COLUMNS: Final = ("event_time", "clickpipe_id", "clickpipe_name", "level", "message")
ERROR_COLUMNS: Final = ("event_time", "clickpipe_id", "error_code", "error", "raw_message")
_ERROR_SUFFIX: Final = "_clickpipes_error"
_FROM: Final = re.compile(
    r"\b(?:FROM|DESCRIBE(?:\s+TABLE)?)\s+(?:clusterAllReplicas\(\s*'?\w+'?\s*,\s*)?"
    r"`?([\w-]+)`?(?:\.`?([\w-]+)`?)?",
    re.IGNORECASE,
)
_LIMIT: Final = re.compile(r"\bLIMIT\s+(\d+)", re.IGNORECASE)
_DEFAULT_LIMIT: Final = 100
_ROWS: Final = 20
Row = dict[str, object]


class QueryRoutes:
    """The handler over one world; the live endpoint has a host of its own."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The route."""
        return [Route("/service/{service_id}/run", self.run, methods=["POST"])]

    async def run(self, request: Request) -> Response:
        service = self._world.services.get(request.path_params["service_id"])
        if service is None:
            return _answer(404, {"error": "Service not found"})
        asleep = self._asleep(service, wakes=request.headers.get("wake-service") == "true")
        if asleep:
            return _answer(206, {"data": asleep})
        sql = text(await body_of(request), "sql")
        try:
            rows = _rows(service, sql, self._world.now())
        except LookupError as error:
            return _answer(400, {"error": str(error.args[0])})
        form = request.query_params.get("format", "JSONEachRow")
        return PlainTextResponse(_formatted(rows, form))

    def _asleep(self, service: Service, *, wakes: bool) -> str:
        state = service.state(self._world.now())
        if state == "idle" and wakes:
            service.mark = Mark(SERVICES["awake"], self._world.now())
            self._world.touch()
        if state in ("stopped", "stopping"):
            return "Service is stopped"
        return "" if state == "running" else "Confirm wake service"


def _answer(status: int, body: JsonObject) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def _rows(service: Service, sql: str, now: float) -> list[Row]:
    found = _FROM.search(sql)
    if found is None:
        return [{"1": 1}]
    table = ".".join(part for part in found.groups() if part)
    is_log = table == "system.clickpipes_log"
    columns = LOG_COLUMNS if is_log else ERROR_COLUMNS
    if sql.lstrip().upper().startswith("DESC"):
        return [{"name": name, "type": _type(name)} for name in columns]
    rows = list(_log_rows(service, now) if is_log else _table_rows(service, table, now))
    if re.search(r"\bcount\s*\(", sql, re.IGNORECASE):
        return [{"count()": len(rows)}]
    limit = _LIMIT.search(sql)
    rows.sort(key=lambda row: str(row.get("event_time")), reverse=True)
    return rows[: int(limit.group(1)) if limit else _DEFAULT_LIMIT]


def _type(column: str) -> str:
    return {"event_time": "DateTime64(6)", "clickpipe_id": "UUID"}.get(column, "String")


def _log_rows(service: Service, now: float) -> Iterator[Row]:
    for pipe in service.visible_pipes(now):
        if pipe.kind.database:
            continue  # logs of database pipes are in the console only
        for at in _times(pipe, now):
            yield {
                "event_time": timestamp(at),
                "clickpipe_id": pipe.id,
                "clickpipe_name": pipe.name,
                "level": "error",
                "message": TROUBLES[pipe.trouble].log,
            }


def _table_rows(service: Service, table: str, now: float) -> Iterator[Row]:
    wanted = table if "." in table else f"default.{table}"
    known = set(service.tables)
    for pipe in service.visible_pipes(now):
        targets = target_tables(pipe.kind, pipe.source, pipe.destination)
        known.update(targets)
        known.update(f"{name}{_ERROR_SUFFIX}" for name in targets)
        trouble = TROUBLES.get(pipe.trouble)
        is_error_table = wanted in {f"{name}{_ERROR_SUFFIX}" for name in targets}
        if trouble is None or not trouble.error_code or not is_error_table:
            continue
        for at in _times(pipe, now):
            yield {
                "event_time": timestamp(at),
                "clickpipe_id": pipe.id,
                "error_code": trouble.error_code,
                "error": trouble.log,
                "raw_message": '{"id":"not a number"}',
            }
    if wanted not in known:
        raise LookupError(f"Code: 60. DB::Exception: Unknown table {wanted}. (UNKNOWN_TABLE)")


def _times(pipe: Pipe, now: float) -> Iterator[float]:
    if pipe.trouble:
        passed = now - pipe.mark.since
        yield from (pipe.mark.since + passed * index / _ROWS for index in range(1, _ROWS + 1))


def _formatted(rows: list[Row], form: str) -> str:
    if form.startswith("TabSeparated"):
        head = ["\t".join(rows[0])] if rows and "WithNames" in form else []
        lines = ["\t".join(str(value) for value in row.values()) for row in rows]
        return "".join(f"{line}\n" for line in [*head, *lines])
    if form.startswith("JSONEachRow"):
        return "".join(f"{json.dumps(row)}\n" for row in rows)
    meta = [{"name": name, "type": _type(name)} for name in rows[0]] if rows else []
    return json.dumps({"meta": meta, "data": rows, "rows": len(rows)})
