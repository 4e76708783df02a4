"""What of the findings is wrong with a pipe, and what is merely worth knowing."""

from clickpipes_mcp.diagnosis import Facts, Finding, Severity, Where, diagnose
from clickpipes_mcp.pipe_states import Stage, state_named

MOST_FINDINGS = 3
MOST_NOTES = 2


def causes_in(facts: Facts) -> tuple[Finding, ...]:
    """What is wrong, most likely first; nothing for a healthy pipe."""
    found = diagnose(facts, None)
    return tuple(one for one in found if not _is_note(one, facts))[:MOST_FINDINGS]


def notes_in(facts: Facts) -> tuple[Finding, ...]:
    """What no trouble comes of, but a person may want to know."""
    found = diagnose(facts, None)
    return tuple(one for one in found if _is_note(one, facts))[:MOST_NOTES]


def _is_note(finding: Finding, facts: Facts) -> bool:
    """A way to configure a pipe is not what is wrong with one that works."""
    is_at_work = state_named(facts.state).stage in (Stage.WORKING, Stage.DONE)
    only_configured = all(item.where is Where.CONFIGURATION for item in finding.evidence)
    return finding.rule.severity is Severity.NOTE or (
        is_at_work and only_configured and bool(finding.evidence)
    )
