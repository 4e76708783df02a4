"""How a served process starts, announces itself and ends."""

import json
import signal
import sys
from collections.abc import Iterator

import pytest

from tests.faults.processes import INITIALIZE, PATIENCE_S, UNHURRIED, Program, StdioProcess


@pytest.fixture
def served() -> Iterator[StdioProcess]:
    with StdioProcess(CLICKPIPES_SIMULATOR="1") as server:
        yield server


def ended(served: Program) -> tuple[int, str]:
    """Exit code, standard error."""
    code = served.process.wait(timeout=PATIENCE_S)
    assert served.process.stderr is not None
    return code, served.process.stderr.read()


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")


@posix
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_signal_ends_an_idle_server_at_once(served, number, code):
    served.process.send_signal(number)
    ending, told = ended(served)
    assert ending == code
    assert "Traceback" not in told


@pytest.mark.slow
@posix
def test_a_signal_ends_a_server_that_is_working(served):
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
    assert served.call("create_s3_clickpipe", create)["isError"] is False
    wait = {"service": "simulated-analytics", "clickpipe": "files"}
    called = {"name": "wait_for_clickpipe", "arguments": wait}
    served.ask("tools/call", {**called, "_meta": {"progressToken": 1}})
    assert served.message()["method"] == "notifications/progress"
    served.process.send_signal(signal.SIGTERM)
    ending, told = ended(served)
    assert ending == 143
    assert "Traceback" not in told


@pytest.mark.slow
def test_the_end_of_its_input_ends_the_server(served):
    served.process.stdin.close()
    ending, told = ended(served)
    assert ending == 0
    assert "Traceback" not in told


@posix
def test_a_client_that_leaves_while_it_is_answered_ends_the_server_without_a_word():
    with Program(program=UNHURRIED, CLICKPIPES_SIMULATOR="1") as served:
        stdin, stdout = served.process.stdin, served.process.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(number: int, method: str, parameters: dict[str, object]) -> None:
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            stdin.write(f"{json.dumps(message)}\n")
            stdin.flush()

        ask(1, "initialize", INITIALIZE)
        ask(2, "tools/call", {"name": "list_services", "arguments": {}})
        assert {json.loads(stdout.readline())["id"] for _ in range(2)} == {1, 2}
        stdout.close()
        ask(3, "tools/call", {"name": "list_services", "arguments": {}})
        ending, told = ended(served)
    assert ending == 0
    assert "Traceback" not in told


def test_nothing_but_the_protocol_is_written_to_standard_output(served):
    served.ask("tools/list", {})
    tools = served.result()["tools"]
    assert "list_clickpipes" in [tool["name"] for tool in tools]
