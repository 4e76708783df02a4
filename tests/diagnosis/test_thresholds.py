"""Readings that speak for a cause, and what is said of them."""

import pytest

from clickpipes_mcp.diagnosis import Evidence, Facts, Metric, Where
from clickpipes_mcp.diagnosis._thresholds import (
    ERRORS_RISING,
    MEMORY_SCARCE,
    SLOT_LARGE,
    SOURCE_LATENCY,
    lags_sync_interval,
    reaches,
    stays_below,
)

USAGE, LIMIT = MEMORY_SCARCE.metric, MEMORY_SCARCE.of


def facts(**metrics) -> Facts:
    return Facts(metrics={f"ClickPipes_{name}": metric for name, metric in metrics.items()})


def test_a_share_is_told_with_its_inferred_threshold():
    found = reaches(MEMORY_SCARCE)(Facts(metrics={USAGE: Metric(95), LIMIT: Metric(100)}))
    assert found == (
        Evidence(Where.METRIC, f"{USAGE} is 95% of {LIMIT} (inferred threshold: at least 90%)."),
    )


def test_a_share_of_nothing_is_no_reading():
    assert reaches(MEMORY_SCARCE)(Facts(metrics={USAGE: Metric(95)})) is None
    assert reaches(MEMORY_SCARCE)(Facts(metrics={USAGE: Metric(95), LIMIT: Metric(0)})) is None


def test_a_value_is_told_with_its_unit():
    (seen,) = reaches(SLOT_LARGE)(facts(SourceReplicationLatency_MiB=Metric(6000))) or ()
    assert seen.text == (
        "ClickPipes_SourceReplicationLatency_MiB is 6000 MiB "
        "(inferred threshold: at least 5000 MiB)."
    )


def test_growth_takes_two_samples():
    assert reaches(ERRORS_RISING)(facts(Errors_Total=Metric(9))) is None
    assert reaches(ERRORS_RISING)(facts(Errors_Total=Metric(9, 0.0))) is None
    assert reaches(ERRORS_RISING)(facts(Errors_Total=Metric(9, 0.5))) is not None


def test_a_missing_reading_is_neither_high_nor_low():
    assert reaches(SLOT_LARGE)(Facts()) is None
    assert stays_below(SLOT_LARGE)(Facts()) is None


@pytest.mark.parametrize(
    ("latency_ms", "interval_s", "is_behind"),
    [(599_999, None, False), (600_000, None, True), (600_000, 3600, False), (3.6e7, 3600, True)],
)
def test_lag_is_measured_in_sync_intervals(latency_ms, interval_s, is_behind):
    settings = {"settings": {"syncIntervalSeconds": interval_s}} if interval_s else {}
    known = Facts(source=settings, metrics={SOURCE_LATENCY: Metric(latency_ms)})
    assert (lags_sync_interval(known) is not None) is is_behind


def test_lag_without_a_reading_is_not_known():
    assert lags_sync_interval(Facts()) is None
