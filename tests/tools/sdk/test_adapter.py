"""Every tool against a recording HTTP server: the documented requests, and an API that fails."""

import base64
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.schema_shape import input_schema
from clickpipes_mcp.server import build_server
from clickpipes_mcp.settings import DEFAULT_TOOLSETS, load_settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.cloud.conftest import ORGANIZATION, PIPE, SERVICE, Recorded, RecordedApi, Scripted
from tests.faults.cases import GIVEN, Given, filled
from tests.serving import (
    KAFKA,
    POSTGRES,
    REFERENCE_BODIES,
    check_promises,
    error,
    facts,
    said,
)
from tests.serving import (
    SERVICE as SIMULATED,
)
from tests.thinning import thinned

pytestmark = pytest.mark.anyio

ORGANIZATION_PATH = f"/v1/organizations/{ORGANIZATION}"
SERVICE_PATH = f"{ORGANIZATION_PATH}/services/{SERVICE}"
PIPES = f"{SERVICE_PATH}/clickpipes"
KEY = {"key_id": "example-key", "key_secret": "example-key-secret-canary"}
STOPPED = {"id": PIPE, "serviceId": SERVICE, "name": "orders", "state": "Stopped", **KAFKA}
STREAM = STOPPED | {"name": "orders", "state": "Running"}
DATABASE = STREAM | {"source": POSTGRES["source"], "destination": POSTGRES["destination"]}


class Connected:
    """A server whose API is the recording one."""

    def __init__(self, client: Client, api: RecordedApi) -> None:
        self._client = client
        self.api = api

    async def call(self, tool: str, **arguments: Any) -> Any:
        tools = {item.name: item for item in (await self._client.list_tools()).tools}
        result = await self._client.call_tool(tool, arguments)
        check_promises(result, tools[tool], tools)
        return result

    @property
    def writes(self) -> list[Recorded]:
        return [request for request in self.api.requests if request.method != "GET"]


@pytest.fixture
async def connected(recorded_api) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def connect(**settings: Any) -> Connected:
            chosen = {
                "organization_id": ORGANIZATION,
                "service_id": SERVICE,
                "api_url": recorded_api.url,
                "consent": "dangerously-off",
            }
            server = build_server(load_settings({}, **KEY | chosen | settings), ManualClock())
            return Connected(await stack.enter_async_context(Client(server)), recorded_api)

        yield connect


@pytest.fixture(params=["live", "reference-page"])
def dialect(request) -> str:
    return str(request.param)


def create_tool_for(body: dict[str, Any]) -> str:
    arm, source = next(iter(body["source"].items()))
    spec = next(s for s in SOURCES if s.arm == arm and source.get("type") in (*s.types, None))
    return f"create_{spec.key}_clickpipe"


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_a_create_sends_the_documented_body(connected, dialect, body) -> None:
    server = await connected(api_dialect=dialect)
    server.api.will(server.api.result([]), server.api.result(STREAM))

    result = await server.call(create_tool_for(body), **body)

    assert not result.is_error, said(result)
    assert [(w.method, w.path, w.json) for w in server.writes] == [("POST", PIPES, body)]


async def test_requests_carry_the_key_and_say_that_they_are_json(connected) -> None:
    server = await connected()
    server.api.will(server.api.result([]), server.api.result(STREAM))

    await server.call("create_kafka_clickpipe", **KAFKA)

    pair = base64.b64encode(b"example-key:example-key-secret-canary").decode()
    for request in server.api.requests:
        assert request.headers["authorization"] == f"Basic {pair}"
    assert server.writes[0].headers["content-type"] == "application/json"


STATE_KEY = {"live": "command", "reference-page": "action"}
CDC_PATH = {
    "live": f"{SERVICE_PATH}/clickpipesCdcScaling",
    "reference-page": f"{ORGANIZATION_PATH}/clickpipes/cdcScaling",
}
SIZE = {"replicas": 2, "replicaCpuMillicores": 500, "replicaMemoryGb": 2}
CDC_SIZE = {"replicaCpuMillicores": 4000, "replicaMemoryGb": 16}
SETTINGS = {"streaming_max_insert_wait_ms": 10_000}
OPERATIONS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str, str, Any]] = {
    "list": ("list_clickpipes", STREAM, {}, "GET", PIPES, None),
    "get": ("get_clickpipe", STREAM, {"clickpipe": PIPE}, "GET", f"{PIPES}/{PIPE}", None),
    "update": (
        "update_clickpipe",
        STREAM,
        {"clickpipe": PIPE, "name": "payments"},
        "PATCH",
        f"{PIPES}/{PIPE}",
        {"name": "payments"},
    ),
    "delete": ("delete_clickpipe", STREAM, {"clickpipe": PIPE}, "DELETE", f"{PIPES}/{PIPE}", None),
    "settings": (
        "get_clickpipe_settings",
        STREAM,
        {"clickpipe": PIPE},
        "GET",
        f"{PIPES}/{PIPE}/settings",
        None,
    ),
    "set settings": (
        "update_clickpipe_settings",
        STREAM,
        {"clickpipe": PIPE, "settings": SETTINGS},
        "PUT",
        f"{PIPES}/{PIPE}/settings",
        SETTINGS,
    ),
    "scale": (
        "scale_clickpipe",
        STREAM,
        {"clickpipe": PIPE, **SIZE},
        "PATCH",
        f"{PIPES}/{PIPE}/scaling",
        SIZE,
    ),
    "start": (
        "start_clickpipe",
        STOPPED,
        {"clickpipe": PIPE},
        "PATCH",
        f"{PIPES}/{PIPE}/state",
        {"STATE": "start"},
    ),
    "stop": (
        "stop_clickpipe",
        STREAM,
        {"clickpipe": PIPE},
        "PATCH",
        f"{PIPES}/{PIPE}/state",
        {"STATE": "stop"},
    ),
    "resync": (
        "resync_clickpipe",
        DATABASE,
        {"clickpipe": PIPE},
        "PATCH",
        f"{PIPES}/{PIPE}/state",
        {"STATE": "resync"},
    ),
    "cdc size": ("get_cdc_scaling", DATABASE, {}, "GET", "CDC", None),
    "set cdc size": ("update_cdc_scaling", DATABASE, CDC_SIZE, "PATCH", "CDC", CDC_SIZE),
}


def standing(api: RecordedApi, pipe: dict[str, Any]) -> Callable[[], Scripted]:
    """Answers a list to a request for the list, and the pipe to any other."""

    def answer() -> Scripted:
        last = api.requests[-1]
        return api.result([pipe] if (last.method, last.path) == ("GET", PIPES) else pipe)

    return answer


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_sends_the_documented_request(
    connected, dialect, operation, monkeypatch
) -> None:
    tool, pipe, arguments, method, path, body = OPERATIONS[operation]
    server = await connected(api_dialect=dialect)
    monkeypatch.setattr(server.api, "next_answer", standing(server.api, pipe))

    result = await server.call(tool, **arguments)

    assert not result.is_error, said(result)
    sent = server.api.requests[-1]
    expected = {STATE_KEY[dialect]: body["STATE"]} if body and "STATE" in body else body
    assert (sent.method, sent.path) == (method, CDC_PATH[dialect] if path == "CDC" else path)
    assert (sent.json if sent.body else None) == expected
    assert len(server.writes) == (method != "GET")


async def test_results_of_the_real_api_are_not_labelled_as_simulated(connected) -> None:
    server = await connected()
    server.api.standing = server.api.result([STREAM])

    assert facts(await server.call("list_clickpipes"))["environment"] == "cloud"


FAILURES: dict[str, tuple[Callable[[RecordedApi], Scripted], str]] = {
    "a wrong key": (lambda api: api.error(401, "UNAUTHORIZED"), "not_authorized"),
    "a missing permission": (lambda api: api.error(403, "FORBIDDEN"), "not_authorized"),
    "too many requests": (
        lambda api: api.error(429, "Too many requests", retry_after="9999"),
        "rate_limited",
    ),
    "a server error": (lambda api: api.error(500, "Internal error"), "api_failure"),
    "a web page": (
        lambda _: Scripted(200, b"<html>Log in</html>", {"content-type": "text/html"}),
        "unreadable_answer",
    ),
    "half an answer": (
        lambda api: Scripted(200, api.result([STREAM]).body[:40]),
        "unreadable_answer",
    ),
    "an empty answer": (lambda _: Scripted(200, b""), "unreadable_answer"),
}


def first_call(tool):
    schema = input_schema(tool.arguments)
    given = {"clickpipe": PIPE, **GIVEN.get(tool.name, Given()).arguments}
    return given | filled(tool, schema["properties"], schema.get("required", ()), given)


FIRST_CALLS = {
    tool.name: {
        "list_services": {},
        "list_clickpipes": {},
        "list_network_paths": {},
        "get_cdc_scaling": {},
        "update_cdc_scaling": CDC_SIZE,
        "discover_source_schema": {"kind": "kafka", "source": KAFKA["source"]},
        "get_source_guide": {"source": "kafka", "topic": "network"},
        "update_clickpipe": {"clickpipe": PIPE, "name": "payments"},
        "scale_clickpipe": {"clickpipe": PIPE, **SIZE},
        "update_clickpipe_settings": {"clickpipe": PIPE, "settings": SETTINGS},
    }.get(tool.name, first_call(tool))
    for tool in TOOLS
    if tool.source is None and tool.toolset in DEFAULT_TOOLSETS and not tool.connects_itself
} | {create_tool_for(body): body for body in REFERENCE_BODIES}


@pytest.mark.parametrize(("tool", "failure"), thinned(FIRST_CALLS, FAILURES))
async def test_an_api_that_fails_at_once_gives_one_clear_error(connected, tool, failure) -> None:
    answer, code = FAILURES[failure]
    server = await connected(service_id=None if tool == "list_services" else SERVICE)
    server.api.standing = answer(server.api)

    result = await server.call(tool, **FIRST_CALLS[tool])

    told = error(result)
    assert told["code"] == code
    assert told["fix"]
    assert "example-key-secret-canary" not in said(result)
    assert len(server.writes) <= 1


@pytest.mark.parametrize("tool", ["list_services", "list_clickpipes", "delete_clickpipe"])
async def test_a_result_of_another_kind_is_no_list(connected, tool) -> None:
    server = await connected(service_id=None if tool == "list_services" else SERVICE)
    server.api.standing = server.api.result({"id": 7})

    assert error(await server.call(tool, **FIRST_CALLS[tool]))["code"] == "unreadable_answer"
    assert server.writes == []


async def test_an_api_out_of_reach_gives_one_clear_error(connected, recorded_api) -> None:
    unused = "http://127.0.0.1:9"
    server = await connected(api_url=unused)

    told = error(await server.call("create_kafka_clickpipe", **KAFKA))

    assert (told["code"], told["retryable"]) == ("unreachable", True)
    assert recorded_api.requests == []


WRITE_FAILURES: dict[str, tuple[Callable[[RecordedApi], Scripted], str]] = {
    "a server error": (lambda api: api.error(500, "Internal error"), "api_failure"),
    "a bad gateway": (lambda api: api.error(502, "Bad gateway"), "api_failure"),
    "a hung up connection": (lambda _: Scripted(mishap="reset"), "unreachable"),
    "a cut answer": (lambda _: Scripted(200, b"{", mishap="cut short"), "unreachable"),
}
AMBIGUOUS = {
    "delete_clickpipe": (STREAM, {"clickpipe": PIPE}),
    "stop_clickpipe": (STREAM, {"clickpipe": PIPE}),
    "start_clickpipe": (STOPPED, {"clickpipe": PIPE}),
    "resync_clickpipe": (DATABASE, {"clickpipe": PIPE}),
    "scale_clickpipe": (STREAM, {"clickpipe": PIPE, **SIZE}),
    "update_clickpipe": (STREAM, {"clickpipe": PIPE, "name": "payments"}),
    "update_clickpipe_settings": (STREAM, {"clickpipe": PIPE, "settings": SETTINGS}),
    "update_cdc_scaling": (DATABASE, CDC_SIZE),
}


@pytest.mark.parametrize("failure", WRITE_FAILURES)
@pytest.mark.parametrize("tool", AMBIGUOUS)
async def test_a_write_whose_end_is_unknown_is_not_sent_again(
    connected, tool, failure, tmp_path, monkeypatch
) -> None:
    answer, code = WRITE_FAILURES[failure]
    pipe, arguments = AMBIGUOUS[tool]
    journal = tmp_path / "journal.jsonl"
    server = await connected(journal=journal)
    reads = standing(server.api, pipe)
    monkeypatch.setattr(
        server.api,
        "next_answer",
        lambda: reads() if server.api.requests[-1].method == "GET" else answer(server.api),
    )

    told = error(await server.call(tool, **arguments))

    assert told["code"] == code
    assert "may have taken effect" in told["fix"]
    assert len(server.writes) == 1
    assert '"outcome": "unknown"' in journal.read_text()


@pytest.mark.slow
async def test_over_stdio_a_pipe_is_created_and_not_deleted_without_a_person(era) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "clickpipes_mcp", "serve"],
        env={"CLICKPIPES_SIMULATOR": "true", "CLICKPIPES_SIMULATOR_SPEED": "1000"},
    )
    async with Client(command, mode=era) as client:
        made = await client.call_tool("create_kafka_clickpipe", {"service": SIMULATED, **KAFKA})
        target = {"service": SIMULATED, "clickpipe": KAFKA["name"]}
        ready = await client.call_tool("wait_for_clickpipe", target)
        refused = await client.call_tool("delete_clickpipe", target)
        kept = await client.call_tool("get_clickpipe", target)

    assert facts(made)["clickpipe"]["name"] == KAFKA["name"]
    assert facts(ready)["state"] == "Running"
    assert error(refused)["code"] == "consent_required"
    assert facts(kept)["state"] == "Running"
