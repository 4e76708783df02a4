"""Figures over time that go along with an answer, for a panel to draw and no assistant to read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, TypeAlias

from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.pipe_series import Sample, Since, rates

SERIES: Final = "clickpipes/series"
"""Where in the `_meta` of an answer they stand."""

_POINTS_IN_A_LIST: Final = 20
"""Of each line there, the last ones: more cannot be told apart in its width."""

_IN_A_LIST: Final = ("lag", "records")

Figures: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """What was read of a pipe before, the oldest first, and since when it has been in its state.

    `rank` is how much it needs a person, 0 for not at all, and `attention` says why.
    """

    samples: Sequence[Sample] = ()
    since: Since | None = None
    before: str = ""
    before_until: datetime | None = None
    rank: int = 0
    attention: str = ""


PastOf: TypeAlias = Callable[[str, str], Past]
"""What is known of a pipe, by its id and its state; where an answer has no id, by its name."""


def figures_for(
    content: Mapping[str, Any], arguments: Mapping[str, Any], past_of: PastOf
) -> Figures:
    """Those of each pipe of a list by its id, or those of the one pipe, as far as any were read.

    Rows of a list that have no id are the only ones of their names, and theirs go by these.

    `lag` (in milliseconds), `records` and `errors` (both a second) are series, the oldest first;
    `last` is the last reading, its counts since the pipe began. One pipe has its `states` too, and
    when the `first` reading was.
    """
    listed = content.get("clickpipes")
    if isinstance(listed, list) and listed:
        named = [(_key_of(row), str(row.get("state", ""))) for row in listed]
        told = {key: _of_a_row(past_of(key, state)) for key, state in named if isinstance(key, str)}
        return {key: figures for key, figures in told.items() if figures}
    key, state = content.get("id") or arguments.get("clickpipe"), str(content.get("state", ""))
    if not isinstance(key, str):
        return {}
    past = past_of(key, state)
    found: Figures = {**_series(past.samples), **_last(past.samples)}
    if "last" in found:
        found["first"] = _moment(past.samples[0].at)
    states = [*_states(past, state)]
    return {**found, "states": states} if states else found


def _key_of(row: Mapping[str, Any]) -> object:
    """The id of a row, or its name; none where the name could be the id of another."""
    name = row.get("clickpipe")
    return row.get("id") or (name if isinstance(name, str) and not is_uuid(name) else None)


def _of_a_row(past: Past) -> Figures:
    series = _series(past.samples)
    drawn: Figures = {
        name: series[name][-_POINTS_IN_A_LIST:] for name in _IN_A_LIST if name in series
    }
    urgent = {"rank": past.rank, "attention": past.attention} if past.rank else {}
    return {**drawn, **_last(past.samples), **urgent}


def _series(samples: Sequence[Sample]) -> dict[str, list[float]]:
    found = {
        "lag": [one.lag_ms for one in samples if one.lag_ms is not None],
        "records": rates(samples, "records"),
        "errors": rates(samples, "errors"),
    }
    return {
        name: [_rounded(one) for one in points] for name, points in found.items() if len(points) > 1
    }


def _rounded(value: float) -> float:
    """To four digits: no eye sees the fifth."""
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def _last(samples: Sequence[Sample]) -> Figures:
    if not samples:
        return {}
    last = samples[-1]
    told = {"lag_ms": last.lag_ms, "records": last.records, "errors": last.errors}
    read = {name: value for name, value in told.items() if value is not None}
    return {"last": {"at": _moment(last.at), **read}} if read else {}


def _states(past: Past, state: str) -> Iterator[dict[str, str | bool]]:
    """The states a pipe was seen in, the oldest first; the last has no end."""
    since = past.since
    if since is None:
        return
    runs = [
        (name, run[0].at, run[-1].at)
        for name, run in ((key, [*group]) for key, group in groupby(past.samples, _state_of))
        if run[0].at < since.at
    ]
    began, is_exact = since.at, since.is_exact
    if runs and runs[-1][0] == state:
        began, is_exact = runs.pop()[1], False
    if not runs and past.before_until:
        runs = [(past.before, past.before_until, past.before_until)]
    for name, first, last in runs:
        yield {"state": name, "from": _moment(first), "until": _moment(last)}
    yield {"state": state, "from": _moment(began), "is_exact": is_exact}


def _state_of(sample: Sample) -> str:
    return sample.state


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
