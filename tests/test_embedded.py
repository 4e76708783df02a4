"""The simulator that answers in the place of the API."""

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.embedded import embedded_simulator
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import load_settings


def test_a_scenario_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(InvalidSettings) as refused:
        embedded_simulator(load_settings({}, simulator_scenario="nope"), ManualClock())
    assert "slot-lost" in refused.value.fix


def test_a_damaged_state_is_refused_and_kept(tmp_path):
    state = tmp_path / "world.json"
    state.write_text("{")
    with pytest.raises(InvalidSettings, match="left untouched"):
        embedded_simulator(load_settings({}, simulator_state=str(state)), ManualClock())
    assert state.read_text() == "{"
