"""What the states of a pipe mean, and what to expect next."""

from typing import get_args

import pytest

from clickpipes_mcp.pipe_states import STATES, Stage, StateName, state_named


def test_every_state_has_a_meaning_and_no_other_is_described() -> None:
    assert set(STATES) == set(get_args(StateName))
    assert all(state.meaning for state in STATES.values())


@pytest.mark.parametrize("name", ["Hibernating", "", "running"])
def test_a_state_nobody_has_heard_of_is_taken_as_a_transition(name) -> None:
    assert state_named(name).stage is Stage.MOVING


def test_every_stage_is_that_of_some_state() -> None:
    assert {state.stage for state in STATES.values()} == set(Stage)
