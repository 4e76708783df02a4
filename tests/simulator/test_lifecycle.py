import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.simulator.lifecycle import (
    INGESTING_STATES,
    PIPES,
    Event,
    Family,
    Mark,
    pipe_path,
    seconds_in,
    state_at,
)

# Source: OpenAPI contract, ClickPipe.state.
STATES = {
    "Unknown", "Provisioning", "Running", "Degraded", "Stopping", "Stopped", "Failed", "Completed",
    "InternalError", "Setup", "Snapshot", "Paused", "Pausing", "Modifying", "Resync",
}  # fmt: skip
PATHS = [(family, event) for family, events in PIPES.items() for event in events]


@pytest.mark.parametrize(
    ("family", "event", "states"),
    [
        (Family.STREAMING, Event.CREATE, ["Provisioning", "Running"]),
        (Family.STREAMING, Event.STOP, ["Stopping", "Stopped"]),
        (Family.ONE_SHOT_FILES, Event.CREATE, ["Provisioning", "Running", "Completed"]),
        (Family.CDC, Event.CREATE, ["Provisioning", "Setup", "Snapshot", "Running"]),
        (Family.CDC, Event.STOP, ["Pausing", "Paused"]),
        (Family.CDC, Event.RESYNC, ["Resync", "Snapshot", "Running"]),
        (Family.CDC_ONLY, Event.CREATE, ["Provisioning", "Setup", "Running"]),
        (Family.SNAPSHOT, Event.CREATE, ["Provisioning", "Setup", "Snapshot", "Completed"]),
    ],
)
def test_a_family_goes_its_way(family, event, states):
    assert [step.state for step in PIPES[family][event]] == states


@pytest.mark.parametrize(("family", "event"), PATHS)
def test_every_path_knows_only_states_of_the_api_and_comes_to_rest(family, event):
    steps = PIPES[family][event]
    assert {step.state for step in steps} <= STATES
    assert [step.seconds is None for step in steps] == [False] * (len(steps) - 1) + [True]


def test_the_first_database_pipe_provisions_longer():
    first = pipe_path(Family.CDC, Event.CREATE, is_first_database=True)
    later = pipe_path(Family.CDC, Event.CREATE)
    assert (first[0].seconds, later[0].seconds) == (60.0, 10.0)


@given(st.sampled_from(PATHS), st.floats(0, 1000), st.floats(0, 1000))
def test_time_never_takes_a_pipe_back(path, earlier, later):
    family, event = path
    mark = Mark(PIPES[family][event], 0.0)
    order = [step.state for step in mark.steps]
    first, second = sorted((earlier, later))
    assert order.index(state_at(mark, first)) <= order.index(state_at(mark, second))
    assert seconds_in(mark, INGESTING_STATES, first) <= seconds_in(mark, INGESTING_STATES, second)


def test_time_before_the_mark_counts_for_nothing():
    mark = Mark(PIPES[Family.STREAMING][Event.CREATE], 100.0)
    assert (state_at(mark, 50.0), seconds_in(mark, INGESTING_STATES, 50.0)) == ("Provisioning", 0)
