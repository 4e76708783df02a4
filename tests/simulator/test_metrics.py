import re

import pytest

pytestmark = pytest.mark.anyio


async def metrics(plane):
    """Values by metric name, for a world of one pipe."""
    text = (await plane.client.get(f"{plane.service}/prometheus")).text
    found = re.findall(r"^(\w+)\{.*\} (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def test_counters_move_while_running_and_rest_while_stopped(plane, body):
    pipe = await plane.settled(body("kafka"))
    first = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    plane.clock.advance(60)
    second = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    await plane.command(pipe, "stop")
    stopped = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    plane.clock.advance(60)
    assert first < second == stopped
    assert (await metrics(plane))["ClickPipes_SentEvents_Total"] == stopped


async def test_counters_survive_a_stop_and_a_start(plane, body):
    pipe = await plane.settled(body("kafka"))
    before = (await metrics(plane))["ClickPipes_FetchedBytes_Total"]
    await plane.command(pipe, "stop")
    plane.clock.advance(30)
    await plane.command(pipe, "start")
    plane.clock.advance(30)
    assert (await metrics(plane))["ClickPipes_FetchedBytes_Total"] > before


async def test_database_pipes_have_their_own_metrics(plane, body):
    await plane.settled(body("postgres"))
    seen = await metrics(plane)
    own = {"ClickPipes_SourceReplicationLatency_MiB", "ClickPipes_CDC_CPULimit"}
    assert own <= set(seen)
    assert "ClickPipes_SentEvents_Total" not in seen
