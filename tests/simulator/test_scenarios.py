"""Scenarios, and the metrics and rows in which they have to agree."""

import re

import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, SCENARIOS
from clickpipes_mcp.simulator.scenarios import TROUBLES

pytestmark = pytest.mark.anyio
RUN = f"/service/{DEFAULT_SERVICE_ID}/run"


async def metrics(plane):
    """Values by metric name, for a world of one pipe."""
    text = (await plane.client.get(f"{plane.service}/prometheus")).text
    found = re.findall(r"^(\w+)\{.*\} (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def rows(plane, sql):
    response = await plane.client.post(RUN, json={"sql": sql}, params={"format": "JSON"})
    assert response.status_code == 200, response.text
    return response.json()["data"]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_scenario_can_be_looked_at(plane_with, name):
    plane = await plane_with(scenario=name)
    assert (await plane.client.get(plane.service)).status_code == 200
    assert (await plane.client.get(plane.pipes)).status_code == 200
    assert (await plane.client.get(f"{plane.service}/prometheus")).status_code == 200


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_trouble_is_told_alike_by_state_metrics_and_log(plane_with, name):
    plane = await plane_with(scenario=name)
    plane.clock.advance(600)
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    assert pipe["state"] == TROUBLES[name].steps[-1].state
    seen = await metrics(plane)
    assert (seen["ClickPipes_Errors_Total"] > 0) is (TROUBLES[name].errors_per_s > 0)
    log = await rows(plane, "SELECT * FROM system.clickpipes_log")
    is_database = "postgres" in pipe["source"]
    assert {row["message"] for row in log} == (set() if is_database else {TROUBLES[name].log})


async def test_record_errors_are_in_the_error_table(plane_with):
    plane = await plane_with(scenario="malformed-records")
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    table = f"default.{pipe['destination']['table']}_clickpipes_error"
    found = await rows(plane, " ".join(("SELECT * FROM", table, "ORDER BY 1 DESC LIMIT 3")))
    assert [row["error_code"] for row in found] == ["DATA_PARSING_ERROR"] * 3


async def test_a_start_ends_the_trouble(plane_with):
    plane = await plane_with(scenario="access-denied")
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    await plane.command(pipe["id"], "start")
    plane.clock.advance(100)
    assert await plane.state(pipe["id"]) in ("Running", "Completed")
    assert await rows(plane, "SELECT * FROM system.clickpipes_log") == []
