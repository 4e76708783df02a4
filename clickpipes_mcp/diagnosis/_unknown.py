"""What looking at a pipe cannot tell: not yet, or never."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil
from typing import Final

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._predicates import HOUR_S, duration
from clickpipes_mcp.diagnosis._rule import Rule, Severity

_SOON_S: Final = HOUR_S
"""What shows later than that is not waited for."""

_MINUTE_S: Final = 60


def tell_unknown(rules: Iterable[Rule], facts: Facts) -> Iterator[str]:
    """What would be an error and cannot be seen of this pipe, with how it becomes known."""
    for rule in rules:
        if not rule.concerns(facts) or (rule.when and rule.when(facts) is None):
            continue
        if rule.untraced:
            yield f"{rule.untraced}? Nothing shows that here ({rule.id}): tell it in error_text."
        wait_s = _wait_for(rule, facts)
        if wait_s is not None:
            yield (
                f"too early to tell: {rule.title} ({rule.id}). It shows in "
                f"{ceil(wait_s / _MINUTE_S)} min at the earliest; "
                f"{facts.state} lasts for {_so_far(facts)} so far."
            )


def _so_far(facts: Facts) -> str:
    ages = [age for age in (facts.state_age_s, facts.pipe_age_s) if age is not None]
    return duration(min(ages))


def _wait_for(rule: Rule, facts: Facts) -> float | None:
    """How long until it would speak if all stayed as it is; None where that is not soon."""
    if rule.predicate is None or rule.severity < Severity.ERROR or _speaks(rule, facts, 0.0):
        return None
    if not _speaks(rule, facts, _SOON_S):
        return None
    early_s, late_s = 0.0, _SOON_S
    while late_s - early_s > 1:
        middle_s = (early_s + late_s) / 2
        if _speaks(rule, facts, middle_s):
            late_s = middle_s
        else:
            early_s = middle_s
    return late_s


def _speaks(rule: Rule, facts: Facts, later_s: float) -> bool:
    later = replace(
        facts,
        state_age_s=None if facts.state_age_s is None else facts.state_age_s + later_s,
        pipe_age_s=None if facts.pipe_age_s is None else facts.pipe_age_s + later_s,
    )
    return rule.predicate is not None and rule.predicate(later) is not None
