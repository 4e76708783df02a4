"""Waiting for a pipe that fails ends early, with the cause."""

import pytest

from tests.serving import PIPES, facts

pytestmark = pytest.mark.anyio


async def test_a_pipe_that_failed_ends_the_waiting_with_its_cause(serve) -> None:
    served = await serve(simulator={"scenario": "kinesis-access-denied"})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)

    found = facts(await served.call("wait_for_clickpipe", clickpipe=pipe["id"]))

    assert (found["done"], found["state"]) == (False, "Failed")
    assert "kinesis.access-denied" in found["cause"]
    assert found["next_actions"][0]["tool"] == "diagnose_clickpipe"


async def test_a_cause_that_cannot_be_seen_is_not_made_up(serve) -> None:
    served = await serve(simulator={"scenario": "binlog-purged"})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)

    found = facts(await served.call("wait_for_clickpipe", clickpipe=pipe["id"]))

    assert found["state"] == "Failed"
    assert "binlog" not in found.get("cause", "")


async def test_a_healthy_pipe_is_not_looked_into(serve) -> None:
    served = await serve(simulator={"pipes": 1})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)

    await served.call("wait_for_clickpipe", clickpipe=pipe["id"])

    assert not any(request.path.endswith("/prometheus") for request in served.plane.arrived)
