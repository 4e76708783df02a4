"""Three replicas behind nginx that share a PostgreSQL: together they are one."""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.store.database import GIVEN_UP_FOR_S
from tests.checks.postgres_server import PASSWORD, store_settings
from tests.cli.test_commands import run_here
from tests.faults.processes import PATIENCE_S, Relay, SimulatedApi
from tests.http.recording import Recording
from tests.http.served import HttpProcess
from tests.http.test_replicas import ENDPOINT, PINNED, Balanced, nginx
from tests.serving import facts, said

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]
HELD = "held"
CREATE = "create_kafka_clickpipe"


class Recorder(Relay):
    """Notes each request that reached the API, and holds back the creation of one pipe."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self.came: list[tuple[str, str]] = []
        self.is_there, self.let_go = threading.Event(), threading.Event()

    def __exit__(self, *details: object) -> None:
        self.let_go.set()
        super().__exit__(*details)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> object:
        self.came.append((method, path))
        answer = super().answer(method, path, headers, body)
        if method == "POST" and f'"{HELD}"'.encode() in body:
            self.is_there.set()
            self.let_go.wait(PATIENCE_S)
        return answer

    def count(self, method: str, ending: str) -> int:
        return sum(one == method and path.endswith(ending) for one, path in self.came)


class Team(Balanced):
    recorder: Recorder
    recording: Recording

    @asynccontextmanager
    async def calls(self):
        """Calls a tool through whichever replica it is the turn of."""
        async with self.client() as client:

            async def call(tool: str, **arguments: object) -> CallToolResult:
                return await client.call_tool(tool, arguments)

            yield call


@pytest.fixture
def team(tmp_path, store_server) -> Iterator[Team]:
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    chosen = store_settings(store_server)
    assert run_here("store", "init", **chosen).exit_code == 0
    chosen |= {**PINNED, "CLICKPIPES_JOURNAL": "", "CLICKPIPES_CONSENT": "chat"}
    chosen["CLICKPIPES_HTTP_URL"] = ENDPOINT
    secrets = re.findall(r"\$\{env:(\w+)\}", json.dumps(source_named("kafka").example))
    chosen |= dict.fromkeys(secrets, PASSWORD)
    with ExitStack() as stack:
        api = stack.enter_context(SimulatedApi("--speed", "1000"))
        recorder = stack.enter_context(Recorder(api.url))
        recording = stack.enter_context(Recording(recorder.url))
        replicas = [stack.enter_context(HttpProcess(recording.url, **chosen)) for _ in range(3)]
        made = Team(api, replicas, stack.enter_context(nginx(tmp_path, replicas)), [])
        made.recorder, made.recording = recorder, recording
        yield made


def wanted(name: str) -> dict[str, object]:
    example = source_named("kafka").example
    return {**example, "name": name, "destination": {**example["destination"], "table": name}}


async def call_directly(replica: HttpProcess, tool: str, arguments: dict[str, object]) -> None:
    """A call whose answer nobody gets, as the replica is killed before it."""
    host = {"host": ENDPOINT.split("/")[2]}
    way = httpx2.AsyncClient(headers=host, trust_env=False, timeout=PATIENCE_S)
    with contextlib.suppress(Exception, BaseExceptionGroup):
        async with (
            way as http,
            Client(streamable_http_client(f"{replica.root}/mcp", http_client=http)) as client,
        ):
            await client.call_tool(tool, arguments)


async def all_at_once(call, *calls: tuple[str, dict[str, object]]) -> list[CallToolResult]:
    results: list[CallToolResult] = []

    async def one(tool: str, arguments: dict[str, object]) -> None:
        results.append(await call(tool, **arguments))

    async with anyio.create_task_group() as group:
        for tool, arguments in calls:
            group.start_soon(one, tool, arguments)
    return results


async def until_it_works(call, tool: str, arguments: dict[str, object]) -> CallToolResult:
    """Each replica takes a moment to see that the store is back."""
    with anyio.fail_after(PATIENCE_S):
        while (result := await call(tool, **arguments)).is_error:
            assert "nothing was sent" in said(result)
            await anyio.sleep(GIVEN_UP_FOR_S)
    return result


async def test_replicas_that_share_a_store_are_one(team, store_server) -> None:
    recorder = team.recorder
    async with team.calls() as call:
        made = await all_at_once(call, *[(CREATE, wanted("orders"))] * 3)
        assert [said(one) for one in made if one.is_error] == []
        assert recorder.count("POST", "/clickpipes") == 1
        assert team.pipes() == ["orders"]

        await call("wait_for_clickpipe", clickpipe="orders")
        offered = facts(await call("stop_clickpipe", clickpipe="orders"))["summary"]
        token = offered.partition("confirmation_token=")[2].split()[0]
        yes = {"clickpipe": "orders", "confirmation_token": token}
        stopped = await all_at_once(call, *[("stop_clickpipe", yes)] * 3)
        assert recorder.count("PATCH", "/state") == 1
        assert sorted(bool(one.is_error) for one in stopped) == [False, True, True]

        async with anyio.create_task_group() as group:
            group.start_soon(call_directly, team.replicas[0], CREATE, wanted(HELD))
            assert await anyio.to_thread.run_sync(recorder.is_there.wait, PATIENCE_S)
            team.replicas[0].kill()
            recorder.let_go.set()
        adopted = facts(await call(CREATE, **wanted(HELD)))
        assert "adopted" in adopted["summary"]
        assert recorder.count("POST", "/clickpipes") == 2

        record = team.recording.so_far()  # as long as the store has answered all the time
        store_server.control("stop")
        try:
            facts(await call("list_clickpipes"))
            refused = await call(CREATE, **wanted("payments"))
            assert refused.is_error
            assert "nothing was sent" in said(refused)
        finally:
            store_server.control("start")
        facts(await until_it_works(call, CREATE, wanted("payments")))
    assert sorted(team.pipes()) == sorted(["orders", HELD, "payments"])
    assert sum(map(len, record.came.values())) > REQUESTS
    # Requests come as late as the machine lets the replicas send them.
    assert record.most_within(WINDOW_S - min(record.lag_s, 1.0)) <= REQUESTS
