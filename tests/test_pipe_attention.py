"""Which pipes need a person, and why."""

import pytest

from clickpipes_mcp.pipe_attention import BEHIND, BROKEN, TROUBLED, reason_of
from clickpipes_mcp.pipe_series import Sample
from tests.test_pipe_series import series


@pytest.mark.parametrize(
    ("samples", "rank"),
    [
        (series("Running", "Running", errors=[0.0, 1.0]), TROUBLED),
        (series("Degraded"), TROUBLED),
        (series("Running", lag_ms=[30_000.0]), BEHIND),
        (series("Running", lag_ms=[30_000.0], of_database=[True]), None),
        (series("Running", lag_ms=[600_000.0], of_database=[True]), BEHIND),
        (series("Stopped", lag_ms=[600_000.0]), None),
    ],
)
def test_a_pipe_needs_a_person_for_errors_trouble_and_lag(samples: list[Sample], rank: int | None):
    reason = reason_of(samples[-1].state, samples)
    assert (reason.rank if reason else None) == rank


def test_a_pipe_that_was_not_read_needs_a_person_for_its_state_alone():
    assert reason_of("Running", ()) is None
    failed = reason_of("Failed", ())
    assert failed is not None
    assert failed.rank == BROKEN


def test_a_lag_is_told_as_large_as_it_is():
    told = reason_of("Running", series("Running", lag_ms=[420_000.0]))
    assert told is not None
    assert told.words == "lag is 420 s (inferred threshold: at least 30 s)"
