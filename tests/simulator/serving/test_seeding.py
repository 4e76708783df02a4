import re

import pytest

from clickpipes_mcp.simulator import SCENARIOS, Fault

pytestmark = pytest.mark.anyio


async def test_a_seeded_world_has_as_many_pipes_as_asked_for(plane_with):
    plane = await plane_with(pipes=50)
    pipes = (await plane.client.get(plane.pipes)).json()["result"]
    assert len({pipe["id"] for pipe in pipes}) == 50
    assert {"Running", "Stopped", "Paused"} <= {pipe["state"] for pipe in pipes}


async def test_time_is_compressed(plane_with, body):
    plane = await plane_with(speed=100)
    pipe = await plane.create(body("kafka"))
    plane.clock.advance(0.3)
    assert await plane.state(pipe) == "Running"


async def test_an_unknown_scenario_is_an_error_at_once(plane_with):
    with pytest.raises(KeyError, match="apocalypse"):
        await plane_with(scenario="apocalypse")


async def test_an_idle_service_may_be_asked_for_as_a_fault(plane_with, body):
    plane = await plane_with(faults=(Fault("idle_service"),))
    assert (await plane.client.post(plane.pipes, json=body("kafka"))).status_code == 424


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_name_of_a_pipe_does_not_give_away_what_is_wrong_with_it(plane_with, name):
    plane = await plane_with(scenario=name)
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    arm = pipe["name"].partition("-")[0]
    named = f"{pipe['name']} {pipe['destination'].get('table', '')}".lower()
    telling = set(re.findall("[a-z]+", f"{name} {SCENARIOS[name].cause}"))
    assert [word for word in telling if word in named and word not in arm] == []
