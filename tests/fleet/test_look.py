"""A look at all pipes, against a simulator that is listened in on."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from clickpipes_mcp.app import App
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.fleet import Fleet, PipeGlance, watch
from clickpipes_mcp.server import open_app
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import SimulatorOptions
from tests.serving import KAFKA, PIPES, POSTGRES, SERVICE, ListenedPlane

pytestmark = pytest.mark.anyio
HOSTILE = "shop \x1b[31mred\u202e [bold]x"
_numbers = count()


@asynccontextmanager
async def opened(**simulator: Any) -> AsyncIterator[tuple[App, ListenedPlane]]:
    """What tools reach, with two pipes: a Kafka pipe, and one with a name that means harm."""
    clock = ManualClock()
    plane = ListenedPlane(SimulatorOptions(**simulator), clock)
    app = open_app(load_settings({}), clock, control_plane=plane)
    for body, name in ((KAFKA, "clicks"), (POSTGRES, HOSTILE)):
        own = json.loads(json.dumps(body).replace("my_table", f"t{next(_numbers)}"))
        await plane.by_somebody_else("POST", PIPES, {**own, "name": name})
    clock.advance(600)
    plane.arrived.clear()
    async with app.client:
        yield app, plane


async def _clicks(looks: AsyncIterator[Fleet | ClickPipesError]) -> PipeGlance:
    """What the next look tells of the Kafka pipe."""
    fleet = await anext(looks)
    assert isinstance(fleet, Fleet)
    return next(pipe for pipe in fleet.pipes if pipe.name == "clicks")


async def test_two_looks_tell_rates_and_take_half_of_what_the_api_allows():
    async with opened() as (app, plane):
        looks = watch(app, None, every_s=2)
        began = app.clock.monotonic()
        first, second = await anext(looks), await anext(looks)
        await looks.aclose()
    assert isinstance(first, Fleet)
    assert isinstance(second, Fleet)
    assert not plane.writes
    apart_s = app.clock.monotonic() - began
    assert len(plane.arrived) <= first.requests + second.requests
    assert apart_s >= 2 * first.requests
    pipes = {pipe.name: pipe for pipe in second.pipes}
    assert set(pipes) == {"clicks", "shop red [bold]x"}
    clicks = pipes["clicks"]
    assert (clicks.service, clicks.state, clicks.reason) == (SERVICE, "Running", None)
    assert clicks.records_per_s > 0
    assert clicks.errors_per_s == 0
    assert clicks.past_rates == [clicks.records_per_s]
    assert len(clicks.past_lags_ms) == 2
    assert first.pipes[0].records_per_s is None
    assert second.states == {"Running": 2}


async def test_since_when_a_state_is_seen_is_exact_only_where_it_was_seen_to_begin():
    async with opened() as (app, plane):
        looks = watch(app, None, every_s=2)
        first, second = [await _clicks(looks), await _clicks(looks)]
        await plane.by_somebody_else("PATCH", f"{PIPES}/{first.id}/state", {"command": "stop"})
        app.clock.advance(600)
        then, later = [await _clicks(looks), await _clicks(looks)]
        await looks.aclose()
    assert (first.state, then.state) == ("Running", "Stopped")
    assert not first.since.is_exact
    assert second.since == first.since
    assert then.since.is_exact
    assert then.since.at - first.since.at > timedelta(seconds=600)
    assert later.since == then.since


async def test_what_is_broken_comes_first_with_the_reason():
    async with opened(scenario="slot-lost") as (app, _):
        fleet = await anext(watch(app, SERVICE, every_s=2))
    assert [pipe.name for pipe in fleet.urgent] == ["postgres-orders-1"]
    assert fleet.pipes[0].reason.words == "stopped by an error"
    assert (fleet.services, fleet.pipes[0].service, len(fleet.pipes)) == (1, SERVICE, 3)


async def test_what_cannot_be_looked_at_is_said_and_no_reading_of_before_stands_for_now():
    async with opened() as (app, plane):
        looks = watch(app, None, every_s=2)
        await anext(looks)

        plane.retell = lambda request, told: b"<" if request.path.endswith("prometheus") else told
        without = await anext(looks)
        assert without.notes == ["simulated-analytics tells no metrics now."]
        assert {(one.lag_ms, one.records_per_s, one.errors) for one in without.pipes} == {
            (None, None, None)
        }

        plane.retell = lambda request, told: b"<html>" if request.path == PIPES else told
        partly = await anext(looks)
        assert partly.pipes == []
        assert partly.unseen[0].startswith(f"The ClickPipes of {SERVICE} could not be listed")

        plane.retell = lambda _, __: b"<html>"
        assert isinstance(await anext(looks), ClickPipesError)
        with pytest.raises(ClickPipesError):
            await anext(watch(app, None, every_s=2))
