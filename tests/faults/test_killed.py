"""A server that dies between sending a creation and hearing of it makes no second pipe."""

import json
import signal
import sys
import time

import pytest

from tests.faults.processes import PATIENCE_S, LateRelay, ServedProcess, SimulatedApi
from tests.serving import KAFKA, PIPES, SERVICE

ARGUMENTS: dict[str, object] = {"service": SERVICE, **KAFKA}
POST = {"method": "POST", "path": "/clickpipes", "times": 1}
SOON_S = 5.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")


def assert_one_pipe_adopted(api: SimulatedApi, result, journal) -> None:
    pipes = api.ask("GET", PIPES)["result"]
    assert result["isError"] is False, result
    assert "was adopted" in result["structuredContent"]["summary"]
    assert [pipe["id"] for pipe in pipes] == [result["structuredContent"]["clickpipe"]["id"]]
    outcomes = [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]
    assert outcomes == [None, "adopted"]


def test_a_restarted_server_adopts_what_the_killed_one_created(tmp_path):
    journal = tmp_path / "journal.jsonl"
    settings = {"CLICKPIPES_JOURNAL": str(journal)}
    with SimulatedApi() as api:
        api.will({"kind": "trickle", "seconds": 120.0, **POST})
        with ServedProcess(api.url, **settings) as first:
            first.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            first.kill()

        with ServedProcess(api.url, **settings) as second:
            result = second.call("create_kafka_clickpipe", ARGUMENTS)
        assert_one_pipe_adopted(api, result, journal)


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


def ended_while_sending(api: SimulatedApi, journal, end) -> tuple[int, float]:
    """Exit code and seconds of a server that is told to end while the API is at work."""
    api.will({"kind": "latency", "seconds": 30.0, **POST})
    with ServedProcess(api.url, CLICKPIPES_JOURNAL=str(journal)) as server:
        server.begin("create_kafka_clickpipe", ARGUMENTS)
        api.until_it_happened()
        began = time.monotonic()
        end(server.process)
        code = server.process.wait(timeout=30)
        return code, time.monotonic() - began


ENDS = {
    "SIGINT": (lambda process: process.send_signal(signal.SIGINT), 130),
    "SIGTERM": (lambda process: process.send_signal(signal.SIGTERM), 143),
    "end of input": (lambda process: process.stdin.close(), 0),
}


@posix
@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS)
def test_a_server_told_to_end_while_it_sends_does_so_soon_and_leaves_a_line(tmp_path, end, code):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        ended, took_s = ended_while_sending(api, journal, end)

    assert ended == code
    assert took_s < SOON_S
    outcomes = [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]
    assert outcomes == [None, "unknown"]
