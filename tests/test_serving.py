"""How a served process starts, announces itself and ends."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import clickpipes_mcp
from clickpipes_mcp.serving import announcement
from clickpipes_mcp.settings import load_settings

ROOT = Path(clickpipes_mcp.__file__).parent.parent
SOON_S = 5.0
PATIENCE_S = 30.0
KEPT = {"journal": "journal.jsonl"}
KEY = {"key_id": "example-access-key", "key_secret": "example-access-secret"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "a client", "version": "1"},
    },
}


class Served:
    """The server in a process of its own, spoken to line by line."""

    def __init__(self, *arguments: str, **settings: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clickpipes_mcp", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "CLICKPIPES_SIMULATOR": "1", **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def send(self, *messages: dict[str, object]) -> None:
        assert self.process.stdin is not None
        for message in messages:
            self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, object]:
        return dict(json.loads(self._lines.get(timeout=PATIENCE_S)))

    def greet(self) -> None:
        self.send(INITIALIZE)
        assert self.answer()["id"] == 1
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ended(self) -> tuple[int, float, str]:
        """Exit code, seconds it took, standard error."""
        began = time.monotonic()
        code = self.process.wait(timeout=PATIENCE_S)
        assert self.process.stderr is not None
        return code, time.monotonic() - began, self.process.stderr.read()


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served()
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.wait()
    for pipe in (server.process.stdin, server.process.stdout, server.process.stderr):
        assert pipe is not None
        pipe.close()


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_an_idle_server_at_once(served, number, code):
    served.greet()
    served.process.send_signal(number)
    ended, took_s, told = served.ended()
    assert ended == code
    assert took_s < SOON_S
    assert "Traceback" not in told


@posix
def test_a_signal_ends_a_server_that_is_working(served):
    served.greet()
    create = {
        "service": "simulated-analytics",
        "name": "files",
        "source": {
            "url": "https://bucket.s3.us-east-1.amazonaws.com/data/*.json",
            "type": "s3",
            "format": "JSONEachRow",
        },
        "destination": {
            "table": "files",
            "managed_table": True,
            "table_definition": {"engine": {"type": "MergeTree"}},
            "columns": [{"name": "id", "type": "UInt64"}],
        },
    }
    served.send(call(2, "create_s3_clickpipe", create))
    assert served.answer()["result"]["isError"] is False
    wait = {"service": "simulated-analytics", "clickpipe": "files"}
    served.send(call(3, "wait_for_clickpipe", wait, progress=True))
    assert served.answer()["method"] == "notifications/progress"
    served.process.send_signal(signal.SIGTERM)
    ended, took_s, told = served.ended()
    assert ended == 143
    assert took_s < SOON_S
    assert "Traceback" not in told


def call(number, tool, arguments, *, progress=False):
    meta = {"_meta": {"progressToken": number}} if progress else {}
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, **meta},
    }


def test_the_end_of_its_input_ends_the_server(served):
    served.greet()
    served.process.stdin.close()
    ended, took_s, told = served.ended()
    assert ended == 0
    assert took_s < SOON_S
    assert "Traceback" not in told


def test_nothing_but_the_protocol_is_written_to_standard_output(served):
    served.greet()
    served.send({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
    tools = served.answer()["result"]["tools"]
    assert "list_clickpipes" in [tool["name"] for tool in tools]


def test_the_simulator_is_announced_loudly():
    assert "SIMULATOR, nothing real is created" in announcement(load_settings({}))


def test_a_simulator_chosen_in_spite_of_a_key_does_not_ask_for_one():
    assert "set an API key" not in announcement(load_settings({}, simulator=True, **KEY))


def test_another_api_is_not_called_clickhouse_cloud():
    told = announcement(load_settings({}, api_url="http://localhost:8123", **KEPT, **KEY))
    assert told.endswith(": API at http://localhost:8123")


def test_consent_in_the_chat_is_announced():
    assert "consent may be given in the chat" in announcement(load_settings({}, consent="chat"))


def test_that_no_journal_is_kept_is_announced_where_it_matters():
    assert "no journal is kept" in announcement(load_settings({}, journal="off", **KEY))
    assert "journal" not in announcement(load_settings({}))


def test_who_may_call_over_http_is_announced(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.touch()
    assert "anybody on this machine may call" in announcement(load_settings({}, http="8000"))
    guarded = load_settings({}, http="8000", http_tokens=tokens)
    assert "callers present a token" in announcement(guarded)


def test_the_real_api_is_announced_by_its_address():
    told = announcement(load_settings({}, **KEPT, **KEY))
    assert told.endswith("ClickHouse Cloud at https://api.clickhouse.cloud")
