"""Findings as an answer shows them: who says so, how often, since when, and if it still goes on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import StateChange
from clickpipes_mcp.diagnosis import (
    Breadth,
    Evidence,
    Facts,
    Finding,
    Severity,
    Where,
    explain,
)
from clickpipes_mcp.diagnosis.speakers import speakers_in
from clickpipes_mcp.pipe_states import state_named
from clickpipes_mcp.tools.evidence.causes import MOST_FINDINGS, Judged
from clickpipes_mcp.tools.evidence.error_tables import KEPT_DAYS, RECENT_HOURS
from clickpipes_mcp.tools.evidence.gathering import is_at_rest

MOST_EVIDENCE = 3
MOST_MEASURED = 2
"""Of causes that only readings speak for."""

QUOTED: Final = "quoted error"
PIPE: Final = "pipe"
BOTH: Final = "both"
_FETCHED: Final = "ClickPipes_FetchedEvents_Total"
_LEAST_PERCENT: Final = 0.01


class FoundCause(BaseModel):
    """A cause, with what speaks for it; `of` tells an error that was quoted from the pipe."""

    model_config = ConfigDict(frozen=True)

    no: int
    of: str
    cause: str
    severity: str
    confidence: str
    what: str
    why: str
    evidence: str
    documentation: str


@dataclass(frozen=True)
class Told:
    """What a quoted error says; `is_foreign` where it is not about what the pipe reads."""

    findings: tuple[Finding, ...] = ()
    is_foreign: bool = False


@dataclass(frozen=True)
class Found:
    """A finding, and whether the quoted error, the pipe or both show it.

    `is_foreign` where it is about another system than the one the pipe reads.
    """

    finding: Finding
    of: str
    is_foreign: bool = False


def read(told: str, facts: Facts, status: int | None) -> Told:
    """What a quoted error says, first of a pipe like this, then of any."""
    if not told:
        return Told()
    of_pipe = explain(told, replace(facts, http_status=status))
    if not facts.arm:
        return Told(of_pipe)
    of_any = explain(told, Facts(http_status=status))
    is_foreign = bool(of_any) and not of_any[0].rule.concerns(facts)
    is_heard = bool(speakers_in(told)) or all(one.rule.breadth is Breadth.WORDS for one in of_pipe)
    if is_foreign and is_heard and _tells_more(of_any[0], of_pipe):
        return Told(of_any, is_foreign=True)
    return Told(of_pipe or of_any, is_foreign=is_foreign and not of_pipe)


def _tells_more(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether a finding is surer, or more to the point, than the first of others."""
    if not others:
        return True
    first = others[0]
    return (finding.confidence, -finding.rule.breadth.value) > (
        first.confidence,
        -first.rule.breadth.value,
    )


def merge(told: Told, judged: Judged) -> tuple[Found, ...]:
    """Both kinds of finding, at most a few: what the quoted error says for certain comes first."""
    of_pipe = {one.rule.id: one for one in judged.causes}
    if any(one.rule.severity >= Severity.ERROR for one in told.findings):
        of_pipe = {
            id_: one for id_, one in of_pipe.items() if one.rule.breadth is not Breadth.LAST_RESORT
        }
    quoted = [
        replace(_joined(one, of_pipe.pop(one.rule.id, None)), is_foreign=told.is_foreign)
        for one in told.findings
    ]
    measured = [one for one in of_pipe.values() if one.is_measured][MOST_MEASURED:]
    others = [Found(one, PIPE) for one in of_pipe.values() if one not in measured]
    most = max(MOST_FINDINGS - len(others), MOST_FINDINGS - 1)
    exact = [one for one in quoted if one.finding.rule.breadth is not Breadth.WORDS][:most]
    vague = [one for one in quoted if one.finding.rule.breadth is Breadth.WORDS]
    return tuple((*exact, *others, *vague)[:MOST_FINDINGS])


def _joined(quoted: Finding, seen: Finding | None) -> Found:
    if seen is None:
        return Found(quoted, QUOTED)
    evidence = tuple(dict.fromkeys((*quoted.evidence, *seen.evidence)))
    confidence = max(quoted.confidence, seen.confidence)
    return Found(Finding(quoted.rule, evidence, confidence, seen.unshown), BOTH)


def causes(found: Iterable[Found], facts: Facts) -> list[FoundCause]:
    """Findings in the order given, numbered."""
    return [
        FoundCause(
            no=number,
            of=one.of,
            cause=one.finding.rule.id,
            severity=one.finding.rule.severity.name.lower(),
            confidence=one.finding.confidence.name.lower(),
            what=one.finding.rule.title,
            why=one.finding.rule.cause,
            evidence="; ".join(evidence_of(one.finding, facts)),
            documentation=one.finding.rule.documentation,
        )
        for number, one in enumerate(found, 1)
    ]


def evidence_of(finding: Finding, facts: Facts) -> Iterator[str]:
    """What speaks for a finding, with how often, when, and how large a part it is."""
    # Two thresholds may judge one reading: it is shown once.
    told = {item.text.partition(" (inferred")[0]: item for item in reversed(finding.evidence)}
    for item in list(reversed(told.values()))[:MOST_EVIDENCE]:
        details = ", ".join(_details(item, facts))
        yield f"{item.where}: {item.text.rstrip('.')}{f' ({details})' if details else ''}"
    if finding.unshown:
        yield f"and {finding.unshown} more texts that say the same"


def _details(item: Evidence, facts: Facts) -> Iterator[str]:
    if item.first is None or item.last is None:
        if item.count > 1:
            yield f"{item.count:,} times"
        return
    window = f"{KEPT_DAYS} days" if is_at_rest(facts.state) else f"{RECENT_HOURS} h"
    times = "once" if item.count == 1 else f"{item.count:,} times"
    share = _share(item, facts)
    yield f"{times}{share} in the last {window}, {span(item.first, item.last, facts.seen_at)}"
    if facts.changed_at and item.last < facts.changed_at:
        yield f"none since the change at {clock_time(facts.changed_at, facts.seen_at)}"


def _share(item: Evidence, facts: Facts) -> str:
    fetched = facts.metrics.get(_FETCHED)
    if item.where is not Where.RECORD or fetched is None or fetched.value < item.count:
        return ""
    percent = 100 * item.count / fetched.value
    share = f"{percent:.2g}" if percent >= _LEAST_PERCENT else f"less than {_LEAST_PERCENT}"
    return f" ({share} % of all records fetched)"


def span(first: datetime, last: datetime, now: datetime | None) -> str:
    """From when to when, as short as the day allows."""
    if first == last:
        return clock_time(last, now)
    return f"{clock_time(first, now)} to {clock_time(last, now)}"


def meaning_of(state: str, change: StateChange | None, now: datetime | None) -> str:
    """What a state means, and between which two looks of this server the pipe came to it."""
    meaning = state_named(state).meaning
    if change is None or change.state != state:
        return meaning
    until, since = clock_time(change.until, now), clock_time(change.since, now)
    return f"{meaning}; last seen {change.before} at {until}, first seen {state} at {since}"


def clock_time(moment: datetime, now: datetime | None) -> str:
    """A time in UTC; its date where that is not today's."""
    is_today = now is not None and moment.date() == now.date()
    return moment.strftime("%H:%M UTC" if is_today else "%Y-%m-%d %H:%M UTC")
