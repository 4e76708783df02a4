"""Short series of what was read anyway."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clickpipes_mcp.pipe_series import (
    LEAST_APART_S,
    MOST_PIPES,
    MOST_SAMPLES,
    PipeSeries,
    Sample,
    rates,
)

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def series(*states: str, apart_s: float = 10, **counts: list[float | None]) -> list[Sample]:
    """Samples so many seconds apart."""
    made = [Sample(BEGAN + timedelta(seconds=apart_s * n), state) for n, state in enumerate(states)]
    for name, values in counts.items():
        made = [replace(one, **{name: value}) for one, value in zip(made, values, strict=True)]
    return made


def test_both_length_and_number_of_series_have_an_end():
    kept = PipeSeries()
    for number in range(MOST_PIPES + 3):
        kept.note(f"pipe-{number}", Sample(BEGAN, "Running"))
    assert kept.of("pipe-2") == ()
    assert len(kept.of("pipe-3")) == 1
    for sample in series(*["Running"] * (MOST_SAMPLES + 5), apart_s=LEAST_APART_S):
        kept.note("pipe-3", sample)
    assert 1 < len(kept.of("pipe-3")) < MOST_SAMPLES
    alone = PipeSeries()
    for sample in series(*["Running"] * (MOST_SAMPLES + 5), apart_s=LEAST_APART_S):
        alone.note("pipe", sample)
    assert len(alone.of("pipe")) == MOST_SAMPLES


def test_who_looks_all_the_time_keeps_samples_that_lie_apart_and_the_last():
    kept = PipeSeries()
    looks = series(*["Running"] * 21, apart_s=2)
    for sample in looks:
        kept.note("pipe", sample)
        kept.note("pipe", replace(sample, at=sample.at + timedelta(seconds=0.1)))
    seen = [(one.at - BEGAN).total_seconds() for one in kept.of("pipe")]
    assert seen == [0.1, 16.1, 32.1, 40.1]


def test_a_pipe_is_found_by_the_name_it_had_when_last_read():
    kept = PipeSeries()
    for name in ("old", "new", "new"):
        kept.note("pipe-0", Sample(BEGAN, "Running", name=name))
    assert (kept.named("old"), kept.named("new")) == ((), {"pipe-0"})
    for number in range(1, MOST_PIPES + 1):
        kept.note(f"pipe-{number}", Sample(BEGAN, "Running", name="twin"))
    assert kept.named("new") == ()
    assert len(kept.named("twin")) == MOST_PIPES


def test_a_rate_leaves_out_what_was_not_told_and_a_count_that_began_anew():
    told = series(*["Running"] * 5, records=[0.0, None, 200.0, 5.0, 25.0])
    assert rates(told, "records") == [10.0, 2.0]
    assert rates(told, "errors") == []
