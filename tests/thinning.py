"""A table of two things against each other, of which the default run takes a part.

The part meets every row and every column; the rest is marked slow, and `.ci/run` takes it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

ONE_IN = 4


def thinned(
    rows: Iterable[Any],
    columns: Iterable[Any],
    name: Callable[[Any], str] = str,
) -> list[Any]:
    """Every pair as a parameter; outside every fourth diagonal it is slow."""
    across = list(columns)
    return [
        pytest.param(
            row,
            column,
            id=f"{name(row)}-{name(column)}",
            marks=() if (at + beside) % ONE_IN == 0 else pytest.mark.slow,
        )
        for at, row in enumerate(rows)
        for beside, column in enumerate(across)
    ]
