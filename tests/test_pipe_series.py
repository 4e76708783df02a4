"""Short series of what was read anyway."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clickpipes_mcp.pipe_series import (
    MOST_PIPES,
    MOST_SAMPLES,
    PipeSeries,
    Sample,
    Since,
    rates,
    since,
)

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def series(*states: str, **counts: list[float | None]) -> list[Sample]:
    """Samples ten seconds apart."""
    made = [Sample(BEGAN + timedelta(seconds=10 * n), state) for n, state in enumerate(states)]
    for name, values in counts.items():
        made = [replace(one, **{name: value}) for one, value in zip(made, values, strict=True)]
    return made


def test_both_length_and_number_of_series_have_an_end():
    kept = PipeSeries()
    for number in range(MOST_PIPES + 3):
        kept.note(f"pipe-{number}", Sample(BEGAN, "Running"))
    assert kept.of("pipe-2") == ()
    assert len(kept.of("pipe-3")) == 1
    for sample in series(*["Running"] * (MOST_SAMPLES + 5)):
        kept.note("pipe-3", sample)
    assert len(kept.of("pipe-3")) == MOST_SAMPLES


def test_since_when_is_exact_only_where_the_change_was_seen():
    assert since([]) is None
    assert since(series("Running", "Running")) == Since(BEGAN, is_exact=False)
    later = Since(BEGAN + timedelta(seconds=20), is_exact=True)
    assert since(series("Failed", "Running", "Failed", "Failed")) == later


def test_a_rate_leaves_out_what_was_not_told_and_a_count_that_began_anew():
    told = series(*["Running"] * 5, records=[0.0, None, 200.0, 5.0, 25.0])
    assert rates(told, "records") == [10.0, 2.0]
    assert rates(told, "errors") == []
