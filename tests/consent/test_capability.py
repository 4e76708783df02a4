"""Clients without a way to show a form are recognised, never left to a protocol error."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from clickpipes_mcp.clock import ManualClock
from tests.pages.visitor import link_of
from tests.serving import KAFKA, PIPES, SERVICE, ListenedPlane, built

pytestmark = pytest.mark.anyio

CLIENT = {"name": "a client", "version": "1"}
ACCEPT = {"accept": "application/json, text/event-stream"}
MODERN, LEGACY = "2026-07-28", "2025-11-25"


class RawClient:
    """Speaks MCP over HTTP by hand, to declare what no real client of the SDK declares."""

    def __init__(self, http: httpx2.AsyncClient, plane: ListenedPlane) -> None:
        self._http = http
        self.plane = plane
        self._session: dict[str, str] = {}

    async def _post(self, method: str, params: dict[str, Any], **headers: str) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = await self._http.post("/mcp", json=message, headers=ACCEPT | headers)
        assert answer.status_code == 200, answer.text
        if "mcp-session-id" in answer.headers:
            self._session = {"mcp-session-id": answer.headers["mcp-session-id"]}
        if answer.headers["content-type"].startswith("application/json"):
            return dict(answer.json())
        data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
        return dict(json.loads(data[-1]))

    async def call(
        self, era: str, capabilities: dict[str, Any], tool: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """The answer to a call of a client with these capabilities."""
        params: dict[str, Any] = {"name": tool, "arguments": arguments}
        if era == LEGACY:
            hello = {"protocolVersion": LEGACY, "capabilities": capabilities, "clientInfo": CLIENT}
            await self._post("initialize", hello)
            version = {"mcp-protocol-version": LEGACY}
            return await self._post("tools/call", params, **version, **self._session)
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": CLIENT,
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        }
        headers = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": tool}
        return await self._post("tools/call", params, **headers)


@pytest.fixture
async def over_http() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def start(**serving: Any) -> RawClient:
            plane, server = built(ManualClock())
            app = server.streamable_http_app(**serving)
            await stack.enter_async_context(server.session_manager.run())
            http = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000"
            )
            return RawClient(await stack.enter_async_context(http), plane)

        yield start


async def attempted(client: RawClient, version: str, capabilities: dict[str, Any]) -> Any:
    pipe = await client.plane.by_somebody_else("POST", PIPES, KAFKA)
    arguments = {"clickpipe": pipe["id"], "service": SERVICE}
    return await client.call(version, capabilities, "delete_clickpipe", arguments)


def assert_link(answer: Any) -> None:
    told = answer["result"]["structuredContent"]
    assert told["code"] == "consent_required"
    assert link_of(told["fix"])


CANNOT_BE_ASKED = {
    "nothing": {},
    "other things": {"sampling": {}, "roots": {"listChanged": True}},
}


@pytest.mark.parametrize("capabilities", CANNOT_BE_ASKED.values(), ids=CANNOT_BE_ASKED)
@pytest.mark.parametrize("version", [MODERN, LEGACY])
async def test_a_client_that_cannot_ask_is_answered_with_a_link(
    over_http, version, capabilities
) -> None:
    client = await over_http()

    answer = await attempted(client, version, capabilities)

    assert_link(answer)
    assert client.plane.writes == []


async def test_a_client_that_opens_links_is_asked_to_open_the_page(over_http) -> None:
    client = await over_http()

    answer = await attempted(client, MODERN, {"elicitation": {"url": {}}})

    (asked,) = answer["result"]["inputRequests"].values()
    assert asked["params"]["mode"] == "url"
    assert link_of(asked["params"]["url"])
    assert client.plane.writes == []


@pytest.mark.parametrize("capabilities", [{"elicitation": {}}, {"elicitation": {"form": {}}}])
async def test_a_bare_capability_means_forms(over_http, capabilities) -> None:
    client = await over_http()

    answer = await attempted(client, MODERN, capabilities)

    assert answer["result"]["resultType"] == "input_required"
    assert client.plane.writes == []


@pytest.mark.parametrize("asked_by", ["form", "url"])
@pytest.mark.parametrize("serving", [{"stateless_http": True}, {"json_response": True}], ids=str)
async def test_a_server_that_cannot_ask_back_answers_with_a_link(
    over_http, serving, asked_by
) -> None:
    client = await over_http(**serving)

    answer = await attempted(client, LEGACY, {"elicitation": {asked_by: {}}})

    assert_link(answer)
    assert client.plane.writes == []
