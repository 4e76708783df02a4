"""Figures over time that go along with an answer, for a panel to draw and no assistant to read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from clickpipes_mcp.pipe_series import Sample, rates

SERIES: Final = "clickpipes/series"
"""Where in the `_meta` of an answer they stand."""

Figures = dict[str, list[float]]


def figures_for(
    content: Mapping[str, Any],
    arguments: Mapping[str, Any],
    readings_of: Callable[[str], Sequence[Sample]],
) -> dict[str, Any]:
    """The series of each pipe of a list by its id, or those of the one pipe; oldest first.

    `lag` is in milliseconds, `records` and `errors` are a second. What was not read is not there.
    """
    listed = content.get("clickpipes")
    if isinstance(listed, list) and listed:
        ids = [row["id"] for row in listed if isinstance(row.get("id"), str)]
        return {one: found for one in ids if (found := _of(readings_of(one)))}
    named = content.get("id") or arguments.get("clickpipe")
    return dict(_of(readings_of(named))) if isinstance(named, str) else {}


def _of(samples: Sequence[Sample]) -> Figures:
    found = {
        "lag": [one.lag_ms for one in samples if one.lag_ms is not None],
        "records": rates(samples, "records"),
        "errors": rates(samples, "errors"),
    }
    return {name: points for name, points in found.items() if len(points) > 1}
