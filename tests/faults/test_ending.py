"""A server over standard input and output that is told to end while it writes."""

import json
import signal
import sys

import pytest

from tests.faults.processes import FINISHING, NEVER_S, PATIENCE_S, ServedProcess, SimulatedApi
from tests.serving import KAFKA, PIPES, SERVICE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")

ARGUMENTS: dict[str, object] = {"service": SERVICE, **KAFKA}
POST = {"method": "POST", "path": "/clickpipes", "times": 1}


def outcomes(journal) -> list[str | None]:
    return [json.loads(line).get("outcome") for line in journal.read_text().splitlines()]


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_a_write_that_is_under_way_is_finished_and_answered(tmp_path, number):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        api.will({"kind": "latency", "seconds": 0.7, **POST})
        kept = {"CLICKPIPES_JOURNAL": str(journal)}
        with ServedProcess(api.url, program=FINISHING, **kept) as server:
            server.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            server.process.send_signal(number)
            made = server.result()
            assert server.process.wait(timeout=PATIENCE_S) == 128 + number
        pipes = api.ask("GET", PIPES)["result"]
    assert [pipe["id"] for pipe in pipes] == [made["structuredContent"]["clickpipe"]["id"]]
    assert outcomes(journal) == [None, "done"]


@pytest.mark.slow
def test_a_write_that_takes_too_long_is_answered_as_unfinished(tmp_path):
    journal = tmp_path / "journal.jsonl"
    with SimulatedApi() as api:
        api.will({"kind": "latency", "seconds": NEVER_S, **POST})
        with ServedProcess(api.url, CLICKPIPES_JOURNAL=str(journal)) as server:
            server.begin("create_kafka_clickpipe", ARGUMENTS)
            api.until_it_happened()
            server.process.send_signal(signal.SIGTERM)
            refused = server.result()
            assert server.process.wait(timeout=PATIENCE_S) == 143
    assert refused["isError"] is True
    assert refused["structuredContent"]["code"] == "shutting_down"
    assert "may have been changed" in refused["structuredContent"]["problem"]
    assert outcomes(journal) == [None, "unknown"]
