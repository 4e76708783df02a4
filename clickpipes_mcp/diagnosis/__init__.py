"""What goes wrong with ClickPipes, how it shows and what helps: knowledge as data.

`diagnose` answers causes with evidence; `advice_for` finds what to know about a symptom that
leaves no trace. Neither looks anything up: facts are gathered by the caller.
"""

from clickpipes_mcp.diagnosis import (
    aws,
    bigquery,
    control_plane,
    destination,
    edits,
    google,
    kafka,
    kinesis,
    mongodb,
    mysql,
    network,
    object_storage,
    postgres,
    pubsub,
    records,
    source_access,
    workload,
)
from clickpipes_mcp.diagnosis._egress import DEFAULT_ELSEWHERE, DEFAULT_EU, REGION_SINCE
from clickpipes_mcp.diagnosis._engine import MAX_FINDINGS, Examination, advise, explanation, find
from clickpipes_mcp.diagnosis._engine import examine as _examine
from clickpipes_mcp.diagnosis._facts import (
    EndpointFacts,
    Facts,
    Metric,
    Row,
    ServiceFacts,
    TunnelFacts,
)
from clickpipes_mcp.diagnosis._meanings import unknown_error
from clickpipes_mcp.diagnosis._rule import (
    Advice,
    Breadth,
    Confidence,
    Evidence,
    Finding,
    Rule,
    Severity,
    Where,
)
from clickpipes_mcp.diagnosis._steps import EGRESS, LOGIN, Step, StepKind
from clickpipes_mcp.diagnosis._thresholds import (
    DATABASE_BEHIND_MS,
    ERRORS_RISING,
    STREAM_BEHIND,
)
from clickpipes_mcp.diagnosis._unknown import tell_unknown
from clickpipes_mcp.diagnosis.allow_lists import at_provider
from clickpipes_mcp.diagnosis.positions import FRESH, Position, consumer_group, position_of
from clickpipes_mcp.diagnosis.providers import Provider, provider_of
from clickpipes_mcp.diagnosis.server_settings import as_hosted
from clickpipes_mcp.diagnosis.workload import has_headroom

__all__ = [
    "ADVICE",
    "DATABASE_BEHIND_MS",
    "DEFAULT_ELSEWHERE",
    "DEFAULT_EU",
    "EGRESS",
    "ERRORS_RISING",
    "FRESH",
    "LOGIN",
    "MAX_FINDINGS",
    "REGION_SINCE",
    "RULES",
    "STREAM_BEHIND",
    "Advice",
    "Breadth",
    "Confidence",
    "EndpointFacts",
    "Evidence",
    "Examination",
    "Facts",
    "Finding",
    "Metric",
    "Position",
    "Provider",
    "Row",
    "Rule",
    "ServiceFacts",
    "Severity",
    "Step",
    "StepKind",
    "TunnelFacts",
    "Where",
    "advice_for",
    "as_hosted",
    "at_provider",
    "consumer_group",
    "diagnose",
    "examine",
    "explain",
    "has_headroom",
    "may_be_of_login",
    "position_of",
    "provider_of",
    "unknown_error",
    "unknown_of",
]

RULES: tuple[Rule, ...] = (
    *control_plane.RULES,
    *edits.RULES,
    *network.RULES,
    *source_access.RULES,
    *kafka.RULES,
    *records.RULES,
    *kinesis.RULES,
    *pubsub.RULES,
    *object_storage.RULES,
    *postgres.RULES,
    *mysql.RULES,
    *mongodb.RULES,
    *bigquery.RULES,
    *aws.RULES,
    *google.RULES,
    *destination.RULES,
    *workload.RULES,
)
ADVICE: tuple[Advice, ...] = (
    *control_plane.ADVICE,
    *edits.ADVICE,
    *kafka.ADVICE,
    *records.ADVICE,
    *kinesis.ADVICE,
    *pubsub.ADVICE,
    *object_storage.ADVICE,
    *postgres.ADVICE,
    *mysql.ADVICE,
    *mongodb.ADVICE,
    *bigquery.ADVICE,
    *destination.ADVICE,
)


def diagnose(facts: Facts, limit: int | None = MAX_FINDINGS) -> tuple[Finding, ...]:
    """The causes that facts show, most severe and certain first; none for a healthy pipe."""
    return find(RULES, facts, limit)


def examine(facts: Facts) -> Examination:
    """All that facts show, and the errors of the pipe's own tables that nothing explains."""
    return _examine(RULES, facts)


def unknown_of(facts: Facts) -> tuple[str, ...]:
    """What would be wrong with the pipe and cannot be seen, not yet or never."""
    return tuple(tell_unknown(RULES, facts))


def explain(text: str, facts: Facts | None = None) -> tuple[Finding, ...]:
    """What an error text says, best first, whoever's it is; facts of the pipe tell more of it.

    Nothing but the text counts as a sign: what else is wrong with the pipe is for `diagnose`.
    """
    return explanation(RULES, text, facts or Facts())


def may_be_of_login(text: str) -> bool:
    """Whether other credentials may help against an error: it says so, or nobody knows it."""
    found = explain(text)
    return not found or any(step.changes == LOGIN for step in found[0].rule.fix)


def advice_for(symptom: str, facts: Facts | None = None) -> tuple[Advice, ...]:
    """What to know about a symptom told in words, best match first. Never a diagnosis."""
    return advise(ADVICE, symptom, facts or Facts())
