"""A table of cases walked within two tests, of which coverage is measured in the first.

A test of its own costs a case ten milliseconds, more than many cases compute. A table is walked to
its end whatever fails, and every failure names its case.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import pytest
from _pytest.mark import ParameterSet

MEASURED_EVERY = 10
FAILURES = (Exception, pytest.fail.Exception)


def walked(
    cases: Sequence[Any], name: Callable[[Any], object] = str
) -> Callable[[Callable[..., None]], Callable[[str], None]]:
    """Make tests of a function that takes a case; a case is a value or a `pytest.param`."""
    assert cases
    parts = {
        "every tenth": cases[::MEASURED_EVERY],
        "the others": [case for at, case in enumerate(cases) if at % MEASURED_EVERY],
    }

    def decorate(check: Callable[..., None]) -> Callable[[str], None]:
        @wraps(check)
        def walk(part: str) -> None:
            failed: list[BaseException] = []
            for case in parts[part]:
                is_set = isinstance(case, ParameterSet)
                try:
                    check(*(case.values if is_set else (case,)))
                except FAILURES as failure:
                    failure.add_note(f"case: {case.id if is_set else name(case)}")
                    failed.append(failure)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(parts[part])} cases", failed)

        del walk.__wrapped__  # pytest would ask it for fixtures
        return pytest.mark.parametrize("part", [part for part in parts if parts[part]])(walk)

    return decorate
