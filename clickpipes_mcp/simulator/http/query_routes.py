"""The route of the query endpoint; the live one has a host of its own."""

import json
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.documents import JsonObject, text
from clickpipes_mcp.simulator.http.requests import body_of
from clickpipes_mcp.simulator.lifecycle import SERVICES, Mark
from clickpipes_mcp.simulator.queries.evaluation import Answer, answer
from clickpipes_mcp.simulator.queries.formats import formatted
from clickpipes_mcp.simulator.queries.statement import Inquiry, SqlError, parse
from clickpipes_mcp.simulator.queries.tables import NO_TABLE, table_named, table_names
from clickpipes_mcp.simulator.world.organization import Service, World

_DEFAULT_FORMAT = "JSONEachRow"
# What DESCRIBE answers beside the name and the type, empty for every column of this world.
_DESCRIBED = ("default_type", "default_expression", "comment", "codec_expression", "ttl_expression")


class QueryRoutes:
    """The handler over one world."""

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
        body = await body_of(request)
        form = request.query_params.get("format", _DEFAULT_FORMAT)
        try:
            found = run_sql(service, text(body, "sql"), text(body, "database"), form, self._now())
        except SqlError as error:
            return _answer(400, {"error": str(error)})
        return PlainTextResponse(found)

    def _now(self) -> float:
        return self._world.now()

    def _asleep(self, service: Service, *, wakes: bool) -> str:
        state = service.state(self._now())
        if state == "idle" and wakes:
            service.mark = Mark(SERVICES["awake"], self._now())
            self._world.touch()
        if state in ("stopped", "stopping"):
            return "Service is stopped"
        return "" if state == "running" else "Confirm wake service"


def run_sql(service: Service, sql: str, database: str, form: str, now: float) -> str:
    """The text that a statement is answered with. Raises SqlError."""
    statement = parse(sql)
    if isinstance(statement, Inquiry):
        found = _inquiry(service, statement, database, now)
    else:
        table = table_named(service, statement.table, database, now) if statement.table else None
        found = answer(statement, table or NO_TABLE, datetime.fromtimestamp(now, UTC))
    return formatted(found, statement.form or form)


def _inquiry(service: Service, asked: Inquiry, database: str, now: float) -> Answer:
    if asked.verb == "show":
        wanted = asked.table or database or "default"
        names = [name.partition(".") for name in table_names(service, now)]
        return Answer({"name": "String"}, [{"name": n} for d, _, n in names if d == wanted])
    if asked.verb == "exists":
        return Answer({"result": "UInt8"}, [{"result": _exists(service, asked, database, now)}])
    table = table_named(service, asked.table, database, now)
    columns = dict.fromkeys(("name", "type", *_DESCRIBED), "String")
    rest = dict.fromkeys(_DESCRIBED, "")
    return Answer(columns, [{"name": n, "type": t, **rest} for n, t in table.columns.items()])


def _exists(service: Service, asked: Inquiry, database: str, now: float) -> int:
    try:
        table_named(service, asked.table, database, now)
    except SqlError:
        return 0
    return 1


def _answer(status: int, body: JsonObject) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
