"""A request whose id another one still has is refused, wherever the two could be mixed up."""

import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest

from clickpipes_mcp.request_ids import IS_TAKEN
from tests.faults.processes import Relay, ServedProcess, SimulatedApi
from tests.http.served import INITIALIZE, SPOKEN, Running, application

pytestmark = pytest.mark.anyio
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def listing(number: object) -> dict[str, object]:
    params = {"name": "list_clickpipes", "arguments": {}}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def told(answer: httpx2.Response) -> dict:
    """What an answer says, as JSON or as the event of a stream."""
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
    return next(json.loads(line) for line in lines if line.startswith("{"))


class Held:
    """What the API is asked waits until it is let go."""

    def __init__(self, running: Running) -> None:
        self.has_arrived, self.let_go = anyio.Event(), anyio.Event()
        running.plane.before_answering = self._wait

    async def _wait(self) -> None:
        self.has_arrived.set()
        await self.let_go.wait()


@asynccontextmanager
async def session(running: Running) -> AsyncIterator[tuple[httpx2.AsyncClient, dict[str, str]]]:
    """Somebody in a session of the older protocol, and the headers that say so."""
    async with running.http() as client:
        answer = await client.post("/mcp", json=INITIALIZE, headers=SPOKEN)
        named = {**SPOKEN, "mcp-session-id": answer.headers["mcp-session-id"]}
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await client.post("/mcp", json=ready, headers=named)
        yield client, named


@pytest.mark.parametrize("second", ["7", 7, "07"])
async def test_a_second_request_with_an_id_in_flight_is_refused_at_once(second) -> None:
    async with application(http_sessions=True) as running, session(running) as (client, named):
        held, first = Held(running), []

        async def begin() -> None:
            first.append(await client.post("/mcp", json=listing("7"), headers=named))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(begin)
            await held.has_arrived.wait()
            refused = await client.post("/mcp", json=listing(second), headers=named)
            requests = len(running.plane.arrived)
            held.let_go.set()
        again = await client.post("/mcp", json=listing(second), headers=named)

    assert (refused.status_code, requests) == (400, 1)
    error = {"code": -32600, "message": IS_TAKEN}
    assert refused.json() == {"jsonrpc": "2.0", "id": second, "error": error}
    assert told(first[0])["result"]["isError"] is False
    assert told(again)["result"]["isError"] is False


async def test_an_id_is_taken_while_its_request_is_worked_on_though_its_sender_hung_up() -> None:
    async with application(http_sessions=True) as running, session(running) as (client, named):
        held = Held(running)
        async with running.http() as leaving, anyio.create_task_group() as tasks:

            async def begin() -> None:
                await leaving.post("/mcp", json=listing(7), headers=named)

            tasks.start_soon(begin)
            await held.has_arrived.wait()
            tasks.cancel_scope.cancel()
        refused = await client.post("/mcp", json=listing(7), headers=named)
        held.let_go.set()
        served = refused
        while served.status_code == 400:
            served = await client.post("/mcp", json=listing(7), headers=named)

    assert refused.json()["error"]["message"] == IS_TAKEN
    assert told(served)["result"]["isError"] is False


async def test_one_id_can_be_used_again_and_again_in_turn() -> None:
    async with application(http_sessions=True) as running, session(running) as (client, named):
        answers = [await client.post("/mcp", json=listing(1), headers=named) for _ in range(20)]

    assert [answer.status_code for answer in answers] == [200] * 20


async def test_the_id_of_the_standing_stream_is_nobody_elses() -> None:
    async with application(http_sessions=True) as running, session(running) as (client, named):
        refused = await client.post("/mcp", json=listing("_GET_stream"), headers=named)

    assert (refused.status_code, refused.json()["error"]["message"]) == (400, IS_TAKEN)


@pytest.mark.parametrize("is_modern", [False, True])
async def test_requests_that_stand_by_themselves_may_share_an_id(is_modern) -> None:
    """As those of different clients do; a header of a session means nothing with them."""
    message, spoken = listing(7), {**SPOKEN, "mcp-session-id": "somebody"}
    if is_modern:
        message["params"]["_meta"] = MODERN
        new = {"mcp-method": "tools/call", "mcp-name": "list_clickpipes"}
        spoken |= {"mcp-protocol-version": "2026-07-28", **new}
    async with application(http_sessions=is_modern) as running, running.http() as client:
        held, answers = Held(running), []

        async def ask() -> None:
            answers.append(await client.post("/mcp", json=message, headers=spoken))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(ask)
            await held.has_arrived.wait()
            held.let_go.set()

    assert [told(answer)["result"]["isError"] for answer in answers] == [False, False]


class HeldRelay(Relay):
    """Passes nothing on until it is let go."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self.arrived, self.let_go = threading.Event(), threading.Event()

    def __exit__(self, *details: object) -> None:
        self.let_go.set()
        super().__exit__(*details)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> object:
        self.arrived.set()
        self.let_go.wait()
        return super().answer(method, path, headers, body)


@pytest.mark.parametrize("is_modern", [False, True])
def test_over_standard_input_a_second_request_with_an_id_in_flight_is_refused(is_modern) -> None:
    message = listing(7)
    if is_modern:
        message["params"]["_meta"] = MODERN
    with (
        SimulatedApi() as api,
        HeldRelay(api.url) as relay,
        ServedProcess(relay.url, is_modern=is_modern) as served,
    ):
        served.say(json.dumps(message))
        assert relay.arrived.wait(60)
        served.say(json.dumps(message))
        refused = served.message()
        relay.let_go.set()
        first = served.message()
        served.say(json.dumps(message))
        again = served.message()

    assert refused == {"jsonrpc": "2.0", "id": 7, "error": {"code": -32600, "message": IS_TAKEN}}
    assert [(one["id"], one["result"]["isError"]) for one in (first, again)] == [(7, False)] * 2
