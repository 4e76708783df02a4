"""What of the findings is wrong with a pipe, what is over, and what is merely worth knowing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from clickpipes_mcp.diagnosis import (
    Evidence,
    Facts,
    Finding,
    Severity,
    Where,
    examine,
    unknown_error,
)
from clickpipes_mcp.pipe_states import Stage, state_named

MOST_FINDINGS = 3
MOST_NOTES = 2
_QUIET: Final = timedelta(minutes=1)
_QUIET_AFTER_ONE: Final = timedelta(minutes=10)
_GAPS: Final = 3
"""An error is over when that many of its usual gaps passed without it."""


@dataclass(frozen=True)
class Judged:
    """Findings told apart, each kind with the most likely first."""

    causes: tuple[Finding, ...]
    over: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def judge(facts: Facts) -> Judged:
    """What is wrong, what was wrong before the last change, and what is worth knowing."""
    causes, over, notes = [], [], []
    seen = examine(facts)
    unknown = unknown_error(seen.unexplained)
    for finding in (*seen.findings, *((unknown,) if unknown else ())):
        if is_over(finding, facts):
            over.append(finding)
        elif _is_note(finding, facts):
            notes.append(finding)
        else:
            causes.append(finding)
    # What is guessed from a state and readings does not stand before what cannot be seen.
    if any(one.rule.severity is Severity.CRITICAL and one.is_quoted for one in causes):
        causes = [one for one in causes if not one.rule.is_consequence]
    causes.sort(key=lambda one: not (one.rule.asks_for_text or one.is_seen))
    return Judged(tuple(causes), tuple(over), tuple(notes))


def causes_in(facts: Facts) -> tuple[Finding, ...]:
    """What is wrong, most likely first; nothing for a healthy pipe."""
    return judge(facts).causes[:MOST_FINDINGS]


def is_over(finding: Finding, facts: Facts) -> bool:
    """Whether all that speaks for it ended with the last change of a pipe that works now."""
    if facts.changed_at is None or facts.seen_at is None or not _is_at_work(facts):
        return False
    since = facts.seen_at - facts.changed_at
    return bool(finding.evidence) and all(
        item.last is not None and item.last < facts.changed_at and since >= _telling(item)
        for item in finding.evidence
    )


def _telling(item: Evidence) -> timedelta:
    """How long without it tells that it is over: some of the gaps there were between sightings."""
    if item.first is None or item.last is None or item.count < 2:
        return _QUIET_AFTER_ONE
    return max(_QUIET, _GAPS * (item.last - item.first) / (item.count - 1))


def _is_note(finding: Finding, facts: Facts) -> bool:
    """A way to configure a pipe is not what is wrong with one that works."""
    only_configured = all(item.where is Where.CONFIGURATION for item in finding.evidence)
    return finding.rule.severity is Severity.NOTE or (
        _is_at_work(facts) and only_configured and bool(finding.evidence)
    )


def _is_at_work(facts: Facts) -> bool:
    return state_named(facts.state).stage in (Stage.WORKING, Stage.DONE)
