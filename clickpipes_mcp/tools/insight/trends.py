"""How lag and rates of a pipe moved, as far as its metrics were read anyway."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clickpipes_mcp.counting import counted
from clickpipes_mcp.pipe_series import Counted, Sample, steps
from clickpipes_mcp.tools.insight.findings import clock_time, span

_LEAST_S: Final = 60.0
"""What moved within less than this is no trend."""

_TIMES: Final = 2.0
"""How many times lower or higher a value has to be, for it to be told (inferred)."""

_COUNTERS: Final[Mapping[str, Counted]] = {"Records": "records", "Errors": "errors"}
_LAG: Final = "Lag"
_LEAST_LAG_MS: Final = 1_000.0
_LEAST_PER_S: Final = 0.01


@dataclass(frozen=True)
class _Point:
    began: datetime
    ended: datetime
    value: float


def trends(
    samples: Sequence[Sample], now: datetime | None, *, asks_since: bool = False
) -> Iterator[str]:
    """A sentence for lag, records and errors each, where they moved; the oldest sample is first.

    With `asks_since` a lag that did not move has one too.
    """
    lags = [_Point(one.at, one.at, one.lag_ms) for one in samples if one.lag_ms is not None]
    moved = list(_told(_LAG, lags, _LEAST_LAG_MS, now))
    yield from moved
    if asks_since and lags and not moved:
        yield _steady(lags, now)
    for name, counter in _COUNTERS.items():
        made = [_Point(one.began, one.ended, one.per_s) for one in steps(samples, counter)]
        yield from _told(name, made, _LEAST_PER_S, now)


def _steady(lags: Sequence[_Point], now: datetime | None) -> str:
    """What is known of a lag that did not move: since when it is there the API does not tell."""
    values = [one.value for one in lags]
    low, high = _seconds(min(values)), _seconds(max(values))
    lag = low if low == high else f"{low} to {high}"
    return (
        "Since when is not known: the API tells no past readings. Lag was "
        f"{lag} in {counted(len(lags), 'reading')} from {clock_time(lags[0].began, now)} on."
    )


def _told(what: str, points: Sequence[_Point], least: float, now: datetime | None) -> Iterator[str]:
    if len(points) < 2 or (points[-1].ended - points[0].began).total_seconds() < _LEAST_S:
        return
    first, last = points[0], points[-1]
    low, high = (pick(points, key=lambda one: one.value) for pick in (min, max))
    if high.value < least or high.value < _TIMES * max(low.value, least / _TIMES):
        return
    shown = _seconds if what == _LAG else _per_s

    def at(point: _Point) -> str:
        return f"{shown(point.value)} ({span(point.began, point.ended, now)})"

    between = [at(one) for one in (low, high) if one not in (first, last)]
    through = f", through {' and '.join(between)}," if between else ""
    readings = counted(len(points), "reading")
    yield f"{what} went from {at(first)}{through} to {at(last)}, in {readings}."


def _seconds(value_ms: float) -> str:
    return f"{value_ms / 1000:,.3g} s" if value_ms < 1_000_000 else f"{value_ms / 1000:,.0f} s"


def _per_s(value: float) -> str:
    return f"{value:,.0f}/s" if value >= 100 else f"{value:.3g}/s"
