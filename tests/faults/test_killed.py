"""A server that dies between sending a creation and hearing of it makes no second pipe."""

import json
import signal
import sys

import pytest

from tests.faults.processes import (
    NEVER_S,
    PATIENCE_S,
    LateRelay,
    ServedProcess,
    SimulatedApi,
)
from tests.serving import KAFKA, PIPES, SERVICE

ARGUMENTS: dict[str, object] = {"service": SERVICE, **KAFKA}
POST = {"method": "POST", "path": "/clickpipes", "times": 1}
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")


def assert_one_pipe_adopted(api: SimulatedApi, result, journal) -> None:
    pipes = api.ask("GET", PIPES)["result"]
    assert result["isError"] is False, result
    assert "was adopted" in result["structuredContent"]["summary"]
    assert [pipe["id"] for pipe in pipes] == [result["structuredContent"]["clickpipe"]["id"]]
    outcomes = [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]
    assert outcomes == [None, "adopted"]


@pytest.mark.slow
def test_a_restarted_server_adopts_what_the_killed_one_created(tmp_path):
    journal = tmp_path / "journal.jsonl"
    settings = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api:
        api.will({"kind": "trickle", "seconds": NEVER_S, **POST})
        with ServedProcess(api.url, **settings) as first:
            first.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            first.kill()

        with ServedProcess(api.url, **settings) as second:
            result = second.call("create_kafka_clickpipe", ARGUMENTS)
        assert_one_pipe_adopted(api, result, journal)


@pytest.mark.slow
def test_a_restarted_server_waits_for_what_the_killed_one_sent(tmp_path):
    journal = tmp_path / "journal.jsonl"
    settings = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api, LateRelay(api.url) as relay:
        with ServedProcess(relay.url, **settings) as first:
            first.begin("create_kafka_clickpipe", ARGUMENTS)
            assert relay.arrived.wait(PATIENCE_S)
            first.kill()

        with ServedProcess(relay.url, **settings) as second:
            second.begin("create_kafka_clickpipe", ARGUMENTS)
            assert relay.looked_for.wait(PATIENCE_S)
            relay.release.set()
            result = second.result()
        assert_one_pipe_adopted(api, result, journal)


def ended_while_sending(api: SimulatedApi, journal, end) -> int:
    """Exit code of a server that is told to end while the API is at work."""
    api.will({"kind": "latency", "seconds": NEVER_S, **POST})
    with ServedProcess(api.url, CLICKPIPES_JOURNAL=str(journal)) as server:
        server.begin("create_kafka_clickpipe", ARGUMENTS)
        api.until_it_happened()
        end(server.process)
        return server.process.wait(timeout=PATIENCE_S)


ENDS = [
    pytest.param(lambda process: process.stdin.close(), 0, id="end of input"),
    pytest.param(
        lambda process: process.send_signal(signal.SIGINT), 130, id="SIGINT", marks=pytest.mark.slow
    ),
    pytest.param(
        lambda process: process.send_signal(signal.SIGTERM),
        143,
        id="SIGTERM",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("end", "code"), ENDS)
def test_a_server_told_to_end_while_it_sends_does_not_wait_and_leaves_a_line(tmp_path, end, code):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        ended = ended_while_sending(api, journal, end)

    assert ended == code
    outcomes = [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]
    assert outcomes == [None, "unknown"]
