"""What the states of a pipe mean, and what to expect next."""

from typing import get_args

import pytest

from clickpipes_mcp.pipe_states import STATES, Stage, StateName, state_named, with_stage


def test_every_state_has_a_meaning_and_no_other_is_described() -> None:
    assert set(STATES) == set(get_args(StateName))
    assert all(state.meaning for state in STATES.values())


@pytest.mark.parametrize("name", ["Hibernating", "", "running"])
def test_a_state_nobody_has_heard_of_is_taken_as_a_transition(name) -> None:
    assert state_named(name).stage is Stage.MOVING


def test_stages_part_the_states() -> None:
    parted = [name for stage in Stage for name in with_stage(stage)]

    assert sorted(parted) == sorted(STATES)


def test_several_stages_are_asked_for_at_once() -> None:
    assert with_stage(Stage.RESTING, Stage.DONE) == ("Stopped", "Paused", "Completed")
