import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.pipes.workload import is_enough, load, rate
from clickpipes_mcp.simulator.troubles import TROUBLES
from clickpipes_mcp.simulator.world.pipe import Scaling


def pipes(**options):
    world = build_simulator(SimulatorOptions(**options), ManualClock()).state.world
    return [*world.services[DEFAULT_SERVICE_ID].pipes.values()], world.now()


def test_rates_differ_from_pipe_to_pipe_and_stay_with_each():
    first, _ = pipes(pipes=8)
    second, _ = pipes(pipes=8)
    assert [rate(one) for one in first] == [rate(one) for one in second]
    assert len({rate(one) for one in first}) > 4


@pytest.mark.parametrize(
    ("scaling", "enough"),
    [(Scaling(1, 125), False), (Scaling(2, 250), False), (Scaling(4, 250), True)],
)
def test_compute_is_enough_when_the_demand_leaves_room(scaling, enough):
    assert is_enough(scaling, TROUBLES["undersized"]) is enough


def test_no_replica_is_ever_quite_full():
    (pipe,), now = pipes(scenario="undersized")
    assert load(pipe, now) == 0.97
