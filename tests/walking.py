"""A table of cases walked within one test.

A test of its own costs a case ten milliseconds, more than many cases compute. A table is walked to
its end whatever fails, and every failure names its case.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import pytest
from _pytest.mark import ParameterSet

FAILURES = (Exception, pytest.fail.Exception)


def walked(
    cases: Sequence[Any], name: Callable[[Any], object] = str
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Make one test of a function that takes a case; a case is a value or a `pytest.param`."""
    assert cases

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        @wraps(check)
        def walk() -> None:
            failed: list[BaseException] = []
            for case in cases:
                is_set = isinstance(case, ParameterSet)
                try:
                    check(*(case.values if is_set else (case,)))
                except FAILURES as failure:
                    failure.add_note(f"case: {case.id if is_set else name(case)}")
                    failed.append(failure)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(cases)} cases", failed)

        del walk.__wrapped__  # pytest would ask it for fixtures
        return walk

    return decorate
