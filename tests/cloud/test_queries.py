"""SQL through the query endpoint: the request it takes, and the answers it gives."""

import json

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import open_client
from clickpipes_mcp.errors import InvalidArguments, ServiceNotRunning, UnreadableAnswer
from clickpipes_mcp.settings import DEFAULT_QUERY_URL, load_settings

pytestmark = pytest.mark.anyio

SERVICE = "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002"


class Endpoint:
    """Answers the same to every request, and keeps what arrived."""

    def __init__(self, status: int, body: str) -> None:
        self.status, self.body = status, body
        self.arrived: list[tuple[str, dict[str, str], dict]] = []

    async def __call__(self, scope, receive, send) -> None:
        message = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()}"
        self.arrived.append((path, headers, json.loads(message["body"])))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body.encode()})


async def asked(endpoint, sql="SELECT 1", **settings):
    chosen = load_settings({}, key_id="example-id", key_secret="example-secret", **settings)
    async with open_client(chosen, ManualClock(), asgi_app=endpoint) as client:
        return await client.query(SERVICE, sql)


async def test_a_statement_is_sent_as_the_official_client_sends_it() -> None:
    endpoint = Endpoint(200, '{"meta": [], "data": [{"1": 1}], "rows": 1}')

    assert await asked(endpoint) == [{"1": 1}]

    ((path, headers, body),) = endpoint.arrived
    assert path == f"POST /service/{SERVICE}/run?format=JSON"
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    assert headers["x-service-type"] == "clickhouse"
    assert headers["auth-provider"] == "custom"
    assert "wake-service" not in headers
    assert body["sql"] == "SELECT 1"
    assert body["runId"]


async def test_a_key_of_its_own_is_used_where_there_is_one() -> None:
    endpoint = Endpoint(200, '{"data": []}')

    await asked(endpoint)
    await asked(endpoint, query_key_id="query-id", query_key_secret="query-secret")

    first, second = (headers["authorization"] for _, headers, _ in endpoint.arrived)
    assert first != second


@pytest.mark.parametrize("said", ["Confirm wake service", "Service is stopped"])
async def test_a_sleeping_service_is_told_apart_from_an_empty_answer(said) -> None:
    with pytest.raises(ServiceNotRunning):
        await asked(Endpoint(206, json.dumps({"data": said})))


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"data": 1}', '{"data": [1]}', "{}"])
async def test_what_is_no_answer_is_no_answer(body) -> None:
    with pytest.raises(UnreadableAnswer):
        await asked(Endpoint(200, body))


async def test_a_service_is_named_by_its_id_only() -> None:
    endpoint = Endpoint(200, '{"data": []}')
    chosen = load_settings({}, key_id="example-id", key_secret="example-secret")

    async with open_client(chosen, ManualClock(), asgi_app=endpoint) as client:
        with pytest.raises(InvalidArguments):
            await client.query("../../v1/organizations", "SELECT 1")

    assert endpoint.arrived == []


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, DEFAULT_QUERY_URL),
        ({"api_url": "https://api.example.com/v1"}, "https://api.example.com"),
        ({"query_url": "https://queries.example.com"}, "https://queries.example.com"),
    ],
)
def test_a_key_never_reaches_the_host_of_another_environment(settings, address) -> None:
    chosen = load_settings({}, key_id="example-id", key_secret="example-secret", **settings)

    assert chosen.query_address == address
