"""A server over standard input and output that is told to end while it writes."""

import json
import signal
import sys
import time

import pytest

from tests.faults.processes import ServedProcess, SimulatedApi
from tests.serving import KAFKA, PIPES, SERVICE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")

ARGUMENTS: dict[str, object] = {"service": SERVICE, **KAFKA}
POST = {"method": "POST", "path": "/clickpipes", "times": 1}
SOON_S = 5.0


def outcomes(journal) -> list[str | None]:
    return [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_write_that_is_under_way_is_finished_and_answered(tmp_path, number):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        api.will({"kind": "latency", "seconds": 0.7, **POST})
        with ServedProcess(api.url, CLICKPIPES_JOURNAL=str(journal)) as server:
            server.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            server.process.send_signal(number)
            made = server.result()
            assert server.process.wait(timeout=30) == 128 + number
        pipes = api.ask("GET", PIPES)["result"]
    assert [pipe["id"] for pipe in pipes] == [made["structuredContent"]["clickpipe"]["id"]]
    assert outcomes(journal) == [None, "done"]


def test_a_write_that_takes_too_long_is_answered_as_unfinished(tmp_path):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        api.will({"kind": "latency", "seconds": 30.0, **POST})
        with ServedProcess(api.url, CLICKPIPES_JOURNAL=str(journal)) as server:
            server.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            refused = server.result()
            answered_s = time.monotonic() - began
            assert server.process.wait(timeout=30) == 143
    assert refused["isError"] is True
    assert refused["structuredContent"]["code"] == "shutting_down"
    assert "may have been changed" in refused["structuredContent"]["problem"]
    assert outcomes(journal) == [None, "unknown"]
    assert answered_s < SOON_S
