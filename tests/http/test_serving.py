"""How a server that speaks HTTP ends: calls finish or are told, lines are left.

What hangs here hangs for an hour, so a server that ends at all did not wait for it.
"""

import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from clickpipes_mcp.listener import address, listen
from tests.faults.processes import (
    ANSWERING,
    FINISHING,
    NEVER_S,
    PATIENCE_S,
    PROGRAM,
    ROOT,
    SimulatedApi,
    environment,
    until,
)
from tests.http.served import INITIALIZE, SPOKEN, HttpProcess
from tests.serving import KAFKA, PIPES, SERVICE, error, facts

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there"),
]

ARGUMENTS = {"service": SERVICE, **KAFKA}
POST = {"method": "POST", "path": "/clickpipes", "times": 1}
KEPT = {"CLICKPIPES_HTTP_SESSIONS": "1"}
ONE_ERA = [pytest.param("auto"), pytest.param("legacy", marks=pytest.mark.slow)]


def ended(server: HttpProcess, number: int) -> int:
    """Exit code of a server that is told to end."""
    server.process.send_signal(number)
    return server.process.wait(timeout=PATIENCE_S)


def outcomes(journal) -> list[str | None]:
    return [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]


def until_refused(server: HttpProcess) -> None:
    """Knock until nobody opens."""
    until(lambda: is_refused(server.address), "a connection was refused")


def is_refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return True
    return False


def until_unknown(journal) -> None:
    """Wait for the line that says nobody knows how the write ended."""
    until(lambda: outcomes(journal) == [None, "unknown"], "a line that says so")


def connected(server: HttpProcess, era: str) -> Client:
    return Client(server.endpoint, mode=era)


def test_no_part_of_an_answer_is_held_back_until_the_one_before_has_arrived():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("era", "number", "code"),
    [
        ("auto", signal.SIGINT, 130),
        pytest.param("legacy", signal.SIGTERM, 143, marks=pytest.mark.slow),
    ],
)
async def test_a_signal_ends_an_idle_server_at_once(era, number, code):
    with HttpProcess(None) as server:
        async with connected(server, era) as client:
            await client.list_tools()
            ending = await anyio.to_thread.run_sync(ended, server, number)
    assert ending == code
    assert "Traceback" not in "".join(server.said.queue)


@pytest.mark.slow
@pytest.mark.parametrize("era", ONE_ERA)
async def test_a_write_that_is_under_way_is_finished_and_answered(era, tmp_path):
    journal = tmp_path / "journal.jsonl"
    kept = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api, HttpProcess(api.url, program=FINISHING, **kept) as server:
        api.will({"kind": "latency", "seconds": 1.0, **POST})
        async with connected(server, era) as client, anyio.create_task_group() as tasks:
            await client.list_tools()

            async def tell() -> None:
                await anyio.to_thread.run_sync(api.until_it_happened)
                server.process.send_signal(signal.SIGTERM)

            tasks.start_soon(tell)
            made = facts(await client.call_tool("create_kafka_clickpipe", ARGUMENTS))
        code = server.process.wait(timeout=PATIENCE_S)
        pipes = api.ask("GET", PIPES)["result"]
    assert code == 143
    assert [pipe["id"] for pipe in pipes] == [made["clickpipe"]["id"]]
    assert outcomes(journal) == [None, "done"]


@pytest.mark.slow
@pytest.mark.parametrize("era", ONE_ERA)
async def test_a_write_that_takes_too_long_is_answered_as_unfinished_and_leaves_a_line(
    era, tmp_path
):
    journal = tmp_path / "journal.jsonl"
    kept = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api, HttpProcess(api.url, program=ANSWERING, **kept) as server:
        api.will({"kind": "latency", "seconds": NEVER_S, **POST})
        codes: list[int] = []
        async with connected(server, era) as client, anyio.create_task_group() as tasks:
            await client.list_tools()

            async def tell() -> None:
                await anyio.to_thread.run_sync(api.until_it_happened)
                codes.append(await anyio.to_thread.run_sync(ended, server, signal.SIGTERM))

            tasks.start_soon(tell)
            refused = error(await client.call_tool("create_kafka_clickpipe", ARGUMENTS))
    assert refused["code"] == "shutting_down"
    assert refused["retryable"] is False
    assert outcomes(journal) == [None, "unknown"]
    assert codes == [143]


CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}


def listening(stack: ExitStack, server: HttpProcess) -> httpx2.Response:
    """A stream of news that never ends by itself."""
    client = stack.enter_context(httpx2.Client(trust_env=False, timeout=PATIENCE_S))
    begun = client.post(server.endpoint, json=INITIALIZE, headers=SPOKEN)
    headers = {**SPOKEN, "mcp-session-id": begun.headers["mcp-session-id"]}
    answer = stack.enter_context(client.stream("GET", server.endpoint, headers=headers))
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer


@pytest.mark.slow
def test_clients_that_listen_do_not_hold_the_server_and_are_let_go_properly():
    with HttpProcess(None, **KEPT) as server, ExitStack() as stack:
        streams = [listening(stack, server) for _ in range(20)]
        code = ended(server, signal.SIGTERM)
        for stream in streams:
            stream.read()  # raises where the end of the stream is missing
    assert code == 143
    assert list(server.said.queue) == []


SLOW_NAMES = """
import pathlib, socket, time

def getaddrinfo(*_, **__):
    pathlib.Path({marker!r}).touch()
    time.sleep({never_s})

socket.getaddrinfo = getaddrinfo
"""


@pytest.mark.slow
def test_a_thread_that_cannot_be_cancelled_does_not_hold_the_server(tmp_path):
    marker = tmp_path / "looked up"
    (tmp_path / "sitecustomize.py").write_text(
        SLOW_NAMES.format(marker=str(marker), never_s=NEVER_S)
    )
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    body = json.dumps({**CALL, "params": {"name": "list_services", "arguments": {}}})
    head = "".join(f"{name}: {value}\r\n" for name, value in SPOKEN.items())
    with (
        HttpProcess("https://slow.example", **path) as server,
        socket.create_connection(server.address) as caller,
    ):
        sent = f"POST /mcp HTTP/1.1\r\nhost: {server.bound}\r\n{head}"
        caller.sendall(f"{sent}content-length: {len(body)}\r\n\r\n{body}".encode())
        until(marker.exists, "the name was looked up")
        code = ended(server, signal.SIGTERM)
    assert code == 143


@pytest.mark.slow
async def test_a_second_signal_ends_the_server_at_once():
    with SimulatedApi() as api, HttpProcess(api.url, program=FINISHING) as server:
        api.will({"kind": "latency", "seconds": NEVER_S, **POST})
        with suppress(MCPError, httpx2.HTTPError, ExceptionGroup):
            async with connected(server, "auto") as client, anyio.create_task_group() as tasks:

                async def insist() -> None:
                    await anyio.to_thread.run_sync(api.until_it_happened)
                    while server.process.poll() is None:
                        server.process.send_signal(signal.SIGTERM)
                        await anyio.sleep(0.01)

                tasks.start_soon(insist)
                await client.call_tool("create_kafka_clickpipe", ARGUMENTS)
        assert server.process.wait(timeout=PATIENCE_S) == 143


@pytest.mark.slow
async def test_no_connection_is_taken_while_calls_finish():
    with SimulatedApi() as api, HttpProcess(api.url, program=FINISHING) as server:
        api.will({"kind": "latency", "seconds": 2.0, **POST})
        async with connected(server, "auto") as client, anyio.create_task_group() as tasks:
            await client.list_tools()

            async def late() -> None:
                await anyio.to_thread.run_sync(api.until_it_happened)
                server.process.send_signal(signal.SIGTERM)
                await anyio.to_thread.run_sync(until_refused, server)

            tasks.start_soon(late)
            assert facts(await client.call_tool("create_kafka_clickpipe", ARGUMENTS))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("era", "sessions"),
    [
        pytest.param("auto", {}, id="modern"),
        pytest.param("auto", KEPT, id="modern with sessions", marks=pytest.mark.slow),
        pytest.param("legacy", KEPT, id="legacy with sessions", marks=pytest.mark.slow),
    ],
)
async def test_a_caller_who_gives_up_reaches_the_network_call_and_leaves_a_line(
    era, tmp_path, sessions
):
    journal = tmp_path / "journal.jsonl"
    settings = {"CLICKPIPES_JOURNAL": str(journal), **sessions}
    with SimulatedApi() as api, HttpProcess(api.url, **settings) as server:
        api.will({"kind": "latency", "seconds": NEVER_S, **POST})
        async with connected(server, era) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "create_kafka_clickpipe", ARGUMENTS)
            await anyio.to_thread.run_sync(api.until_it_happened)
            tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(until_unknown, journal)


@pytest.mark.slow
@pytest.mark.parametrize("era", ONE_ERA)
async def test_a_connection_that_breaks_reaches_the_network_call_and_leaves_a_line(era, tmp_path):
    journal = tmp_path / "journal.jsonl"
    settings = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api, HttpProcess(api.url, **settings) as server:
        api.will({"kind": "latency", "seconds": NEVER_S, **POST})
        with suppress(httpx2.HTTPError, ExceptionGroup, MCPError):
            async with (
                httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http,
                Client(
                    streamable_http_client(server.endpoint, http_client=http), mode=era
                ) as client,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(client.call_tool, "create_kafka_clickpipe", ARGUMENTS)
                await anyio.to_thread.run_sync(api.until_it_happened)
                await http.aclose()
                tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(until_unknown, journal)


def test_it_says_where_it_listens_and_how_it_is_reached():
    with HttpProcess(None, CLICKPIPES_HTTP_URL="http://localhost:9000/mcp") as server:
        assert server.endpoint == "http://localhost:9000/mcp"
        ready = httpx2.get(f"{server.root}/readyz", trust_env=False, timeout=PATIENCE_S)
    assert ready.status_code == 200


def test_a_whole_address_of_the_sixth_version_is_bracketed():
    assert (address("::1", 80), address("127.0.0.1", 80)) == ("[::1]:80", "127.0.0.1:80")


@pytest.mark.slow
def test_an_address_in_use_is_said_without_a_traceback():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*PROGRAM, "serve", "--http", str(port)],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be bound" in done.stderr
    assert "Traceback" not in done.stderr
