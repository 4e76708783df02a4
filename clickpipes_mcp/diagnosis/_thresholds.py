"""From which readings on a metric speaks for a cause.

The names and units are those of the ClickPipes monitoring page. It documents no thresholds: all
numbers here are inferred, and every piece of evidence says so. The one of the replication slot
is the default alert of the open-source engine.
"""

from dataclasses import dataclass
from typing import Literal

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._predicates import leaves
from clickpipes_mcp.diagnosis._rule import Evidence, Predicate, Where


@dataclass(frozen=True)
class Threshold:
    """A reading that is high; with `of`, the share of another metric.

    `reads` picks the value or its growth a second, which takes two samples.
    """

    metric: str
    at_least: float
    unit: str
    of: str = ""
    reads: Literal["value", "per_s"] = "value"


MEMORY_SCARCE = Threshold(
    "ClickPipes_Replica_MemoryUsage", 0.90, "share", "ClickPipes_Replica_MemoryLimit"
)
CPU_SCARCE = Threshold("ClickPipes_Replica_CPUUsage", 0.85, "share", "ClickPipes_Replica_CPULimit")
CDC_MEMORY_SCARCE = Threshold(
    "ClickPipes_CDC_MemoryUsage", 0.90, "share", "ClickPipes_CDC_MemoryLimit"
)
CDC_CPU_SCARCE = Threshold("ClickPipes_CDC_CPUUsage", 0.85, "share", "ClickPipes_CDC_CPULimit")
CPU_AT_WORK = Threshold("ClickPipes_Replica_CPUUsage", 0.20, "share", "ClickPipes_Replica_CPULimit")
STREAM_BEHIND = Threshold("ClickPipes_Latency", 30_000, "ms")
ERRORS_RISING = Threshold("ClickPipes_Errors_Total", 0.001, "errors/s", reads="per_s")
FETCHING = Threshold("ClickPipes_FetchedBytes_Total", 1, "bytes/s", reads="per_s")
FETCHED_ANYTHING = Threshold("ClickPipes_FetchedEvents_Total", 1, "records")
SENT_ANYTHING = Threshold("ClickPipes_SentEvents_Total", 1, "records")
SENT_MOST = Threshold(
    "ClickPipes_SentEvents_Total", 0.95, "share", "ClickPipes_FetchedEvents_Total"
)
SLOT_NOTABLE = Threshold("ClickPipes_SourceReplicationLatency_MiB", 64, "MiB")
SLOT_LARGE = Threshold("ClickPipes_SourceReplicationLatency_MiB", 5000, "MiB")
SLOT_RISING = Threshold("ClickPipes_SourceReplicationLatency_MiB", 0.5, "MiB/s", reads="per_s")
WRITES_SLOW = Threshold("ClickPipes_CDC_DestinationLatency", 60_000, "ms")

SOURCE_LATENCY = "ClickPipes_CDC_SourceLatency"
INTERVALS_BEHIND = 10
"""A database pipe is behind when its latency is that many sync intervals."""

DEFAULT_SYNC_INTERVAL_S = 60.0
"""Source: ClickPipes documentation, controlling the sync of a Postgres pipe."""

DATABASE_BEHIND_MS = INTERVALS_BEHIND * DEFAULT_SYNC_INTERVAL_S * 1000
"""For who does not know the interval of the pipe."""


def reaches(threshold: Threshold) -> Predicate:
    """The reading is there and at least that."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        reading = _reading(threshold, facts)
        if reading is None or reading < threshold.at_least:
            return None
        return (_shown(threshold, reading, "at least"),)

    return predicate


def stays_below(threshold: Threshold) -> Predicate:
    """The reading is there and lower."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        reading = _reading(threshold, facts)
        if reading is None or reading >= threshold.at_least:
            return None
        return (_shown(threshold, reading, "below"),)

    return predicate


def lags_sync_interval(facts: Facts) -> tuple[Evidence, ...] | None:
    """Changes take many sync intervals to be fetched."""
    metric = facts.metrics.get(SOURCE_LATENCY)
    interval_s = next(
        (value for value in leaves(facts, "source.settings.syncIntervalSeconds")
         if isinstance(value, int | float) and value),
        DEFAULT_SYNC_INTERVAL_S,
    )  # fmt: skip
    limit_ms = INTERVALS_BEHIND * interval_s * 1000
    return reaches(Threshold(SOURCE_LATENCY, limit_ms, "ms"))(facts) if metric else None


def _reading(threshold: Threshold, facts: Facts) -> float | None:
    metric = facts.metrics.get(threshold.metric)
    if metric is None:
        return None
    if threshold.reads == "per_s":
        return metric.per_s
    if not threshold.of:
        return metric.value
    whole = facts.metrics.get(threshold.of)
    return metric.value / whole.value if whole and whole.value > 0 else None


def _amount(value: float, unit: str) -> str:
    """An amount as people write it: long times in seconds, nothing in powers of ten."""
    if unit == "ms" and value >= 1000:
        value, unit = value / 1000, "s"
    return f"{value:.0f} {unit}" if value >= 1000 else f"{value:.4g} {unit}"


def _shown(threshold: Threshold, reading: float, side: str) -> Evidence:
    if threshold.of:
        now, limit = f"{reading:.0%} of {threshold.of}", f"{threshold.at_least:.0%}"
    else:
        now, limit = (_amount(one, threshold.unit) for one in (reading, threshold.at_least))
    return Evidence(
        Where.METRIC, f"{threshold.metric} is {now} (inferred threshold: {side} {limit})."
    )
