"""SQL run in a service through its query endpoint, which has a host of its own.

Source: clickhousectl (the requests and answers of its `cloud service query`).
"""

import json
import uuid
from collections.abc import Mapping
from typing import TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.cloud.requests import ApiRequest
from clickpipes_mcp.cloud.transport import Transport
from clickpipes_mcp.errors import InvalidArguments, Problem, ServiceNotRunning, UnreadableAnswer

HEADERS: Mapping[str, str] = {
    "content-type": "text/plain;charset=UTF-8",
    "x-service-type": "clickhouse",
    "auth-provider": "custom",
}
_FORMAT = "JSON"
SqlRow: TypeAlias = dict[str, JsonValue]


class QueryEndpoint:
    """Runs single reading statements. Never wakes a service: nobody asked for that."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def rows(self, service_id: str, sql: str) -> list[SqlRow]:
        """The rows that a statement answers, by column name.

        Raises:
            ServiceNotRunning: The service is idle or stopped.
            NotAuthorized: The key may not query this service.
            RefusedByApi: The statement failed; the text is the database's.
        """
        try:
            service_id = str(uuid.UUID(service_id))
        except ValueError:
            raise InvalidArguments([Problem("service_id", "Must be a UUID.")]) from None
        request = ApiRequest(
            "query",
            "POST",
            f"/service/{service_id}/run?format={_FORMAT}",
            _rows,
            {"runId": str(uuid.uuid4()), "sql": sql},
            expects="text",
            only_asks=True,
        )
        return request.read(await self._transport.send(request))


def _rows(reply: Reply) -> list[SqlRow]:
    try:
        document = json.loads(str(reply.result))
        data = document["data"]
    except (ValueError, TypeError, LookupError):
        raise _unreadable() from None
    if isinstance(data, str):
        # A sleeping service is answered with 206 and a sentence in the place of the rows.
        raise ServiceNotRunning(
            "The service is not running, so its tables cannot be read.",
            fix="Let the person start or wake the service, then repeat the call.",
        )
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise _unreadable()
    return data


def _unreadable() -> UnreadableAnswer:
    return UnreadableAnswer(
        "The query endpoint did not answer rows.",
        fix="The operator checks CLICKPIPES_QUERY_URL.",
    )
