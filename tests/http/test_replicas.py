"""Two replicas behind nginx, which sends every request to the other one."""

import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult, InputRequiredResult

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.faults.processes import FINISHING, PATIENCE_S, SimulatedApi, until
from tests.http.served import HttpProcess
from tests.rounds import answers_to
from tests.serving import KAFKA, PIPES, SHARED_KEY, answering, elicitation, error, facts

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]

SHARED = {"CLICKPIPES_HTTP_KEY": SHARED_KEY}
ENDPOINT = "http://127.0.0.1:8000/mcp"
"""What callers name; it is not bound, as nginx listens on a socket of the file system."""

SOCKET = "nginx.sock"
PINNED = {
    "CLICKPIPES_ORGANIZATION_ID": DEFAULT_ORGANIZATION_ID,
    "CLICKPIPES_SERVICE_ID": DEFAULT_SERVICE_ID,
}
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream replicas {{ {upstreams} }}
  server {{
    listen unix:{folder}/{socket};
    add_header X-Replica $upstream_addr always;
    location / {{
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


@dataclass
class Balanced:
    """Replicas that are reached through one address, and the API behind them."""

    api: SimulatedApi
    replicas: list[HttpProcess]
    socket: Path
    met: list[str]

    @asynccontextmanager
    async def client(self, person=None) -> AsyncIterator[Client]:
        """A client that notes which replica each answer came from."""

        async def note(response: httpx2.Response) -> None:
            self.met.append(response.headers["x-replica"])

        way = httpx2.AsyncHTTPTransport(uds=str(self.socket), trust_env=False)
        hooks = {"response": [note]}
        async with (
            httpx2.AsyncClient(
                transport=way, trust_env=False, timeout=PATIENCE_S, event_hooks=hooks
            ) as http,
            Client(
                streamable_http_client(ENDPOINT, http_client=http),
                elicitation_callback=elicitation(person) if person else None,
            ) as client,
        ):
            yield client

    def pipes(self) -> list[str]:
        return [pipe["name"] for pipe in self.api.ask("GET", PIPES)["result"]]

    def make(self, name: str) -> str:
        into = {**KAFKA["destination"], "table": name.replace(" ", "_")}
        made = self.api.ask("POST", PIPES, {**KAFKA, "name": name, "destination": into})["result"]
        return str(made["id"])


@contextmanager
def nginx(folder: Path, replicas: list[HttpProcess]) -> Iterator[Path]:
    """The socket it listens on: a free port could be taken before it is bound."""
    hosts = [replica.bound for replica in replicas]
    file = folder / "nginx.conf"
    upstreams = " ".join(f"server {host} max_fails=0;" for host in hosts)
    file.write_text(CONFIGURATION.format(folder=folder, socket=SOCKET, upstreams=upstreams))
    command = ["nginx", "-p", str(folder), "-c", str(file)]
    path = f"{os.environ['PATH']}:/usr/sbin"
    process = subprocess.Popen(command, env={"PATH": path}, stderr=subprocess.DEVNULL)
    try:
        until(lambda: is_open(folder / SOCKET) or process.poll() is not None, "nginx")
        assert process.poll() is None, f"nginx ended with {process.returncode}"
        yield folder / SOCKET
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def is_open(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def replica(api_url: str, port: int = 0, **settings: str) -> HttpProcess:
    """One that finishes its calls when it is told to end, however slow the machine is."""
    known = {"CLICKPIPES_HTTP_URL": ENDPOINT, **PINNED, **settings}
    return HttpProcess(api_url, port, program=FINISHING, **known)


@pytest.fixture
def balanced(tmp_path):
    with ExitStack() as stack:

        def start(**settings: str) -> Balanced:
            api = stack.enter_context(SimulatedApi("--speed", "1000"))
            replicas = [stack.enter_context(replica(api.url, **settings)) for _ in range(2)]
            return Balanced(api, replicas, stack.enter_context(nginx(tmp_path, replicas)), [])

        yield start


async def test_a_question_of_one_replica_is_answered_through_the_other(balanced):
    world = balanced(**SHARED)
    names = [f"orders {n}" for n in range(4)]

    async def agrees(asked) -> ElicitResult:
        return ElicitResult(action="accept", content={"name": asked.message.rsplit(": ")[-1]})

    async with world.client(agrees) as client:
        for name in names:
            arguments = {"clickpipe": world.make(name)}
            await client.call_tool("wait_for_clickpipe", arguments)
            facts(await client.call_tool("delete_clickpipe", arguments))
    assert set(world.met) == {replica.bound for replica in world.replicas}
    assert world.pipes() == []


async def test_without_a_shared_key_nothing_is_agreed_to(balanced):
    world = balanced()
    pipe = world.make("orders")
    async with world.client(answering("accept", name="orders")) as client:
        with pytest.raises(MCPError, match="requestState"):
            await client.call_tool("delete_clickpipe", {"clickpipe": pipe})
    assert world.pipes() == ["orders"]


async def test_a_token_of_one_replica_is_redeemed_by_the_other(balanced):
    world = balanced(**SHARED, CLICKPIPES_CONSENT="chat")
    arguments = {"clickpipe": world.make("orders")}
    async with world.client() as client:
        await client.list_tools()
        offered = facts(await client.call_tool("delete_clickpipe", arguments))["summary"]
        token = offered.partition("confirmation_token=")[2].split()[0]
        given = {**arguments, "confirmation_token": token}
        facts(await client.call_tool("delete_clickpipe", given))
    assert len(set(world.met[-2:])) == 2
    assert world.pipes() == []


async def test_an_answer_used_at_one_replica_is_stale_at_the_other(balanced):
    world = balanced(**SHARED)
    arguments = {"clickpipe": world.make("orders")}
    async with world.client(answering("decline")) as client:
        await client.call_tool("wait_for_clickpipe", arguments)
        asked = await client.session.call_tool(
            "stop_clickpipe", arguments, allow_input_required=True
        )
        answered = answers_to(asked, choice="stop it")
        await client.session.call_tool("stop_clickpipe", arguments, **answered)
        until = {**arguments, "until": "stopped"}
        facts(await client.call_tool("wait_for_clickpipe", until))
        facts(await client.call_tool("start_clickpipe", arguments))
        facts(await client.call_tool("wait_for_clickpipe", arguments))
        for _ in world.replicas:
            replayed = await client.session.call_tool("stop_clickpipe", arguments, **answered)
            assert isinstance(replayed, InputRequiredResult) or error(replayed)
        assert len(set(world.met[-2:])) == 2
    assert world.api.ask("GET", PIPES)["result"][0]["state"] == "Running"


async def test_progress_passes_through_the_proxy(balanced):
    world = balanced(**SHARED)
    arguments = {"clickpipe": world.make("orders")}
    told = []

    async def listens(progress: float, _total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with world.client() as client:
        call = ("wait_for_clickpipe", arguments)
        facts(await client.call_tool(*call, progress_callback=listens))
    assert told


async def test_a_replica_that_ends_takes_nobody_with_it(balanced):
    world = balanced(**SHARED)
    async with world.client() as client:
        for turn in range(12):
            if turn == 4:
                world.replicas[0].process.send_signal(signal.SIGTERM)
                await anyio.to_thread.run_sync(world.replicas[0].process.wait)
            facts(await client.call_tool("get_source_guide", {"source": "kafka"}))
    assert world.replicas[0].process.returncode == 143
    assert world.met[-1].endswith(world.replicas[1].bound)


async def test_all_replicas_are_replaced_one_after_the_other_and_nobody_notices(balanced):
    """As an upgrade does it: a question of an old process is answered through a new one."""
    world = balanced(**SHARED)
    arguments = {"clickpipe": world.make("orders")}
    answered, calling = [0], True

    async def keep_calling() -> None:
        async with world.client() as client:
            while calling:
                refused = error(await client.call_tool("get_clickpipe", {}))
                assert refused["code"] == "invalid_arguments"  # and asks nothing of the API
                answered[0] += 1

    with ExitStack() as stack:
        async with world.client(answering("decline")) as client, anyio.create_task_group() as tasks:
            await client.call_tool("wait_for_clickpipe", arguments)
            call = ("stop_clickpipe", arguments)
            asked = await client.session.call_tool(*call, allow_input_required=True)
            for _ in range(3):
                tasks.start_soon(keep_calling)
            for old in world.replicas:
                old.process.send_signal(signal.SIGTERM)
                await anyio.to_thread.run_sync(old.process.wait)
                without = partial(lambda before: answered[0] > before, answered[0])
                await anyio.to_thread.run_sync(until, without, "an answer of the other replica")
                start = partial(replica, world.api.url, old.address[1], **SHARED)
                stack.enter_context(await anyio.to_thread.run_sync(start))
            facts(await client.session.call_tool(*call, **answers_to(asked, choice="stop it")))
            calling = False
    assert [one.process.returncode for one in world.replicas] == [143, 143]
