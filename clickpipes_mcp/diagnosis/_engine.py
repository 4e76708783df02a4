"""Finds which rules speak, and ranks what they say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._rule import (
    Advice,
    Breadth,
    Evidence,
    Finding,
    Rule,
    Severity,
    Where,
)
from clickpipes_mcp.redaction import redact, strip_invisible

MAX_FINDINGS = 5
_LONGEST_TEXT = 20_000
_SHOWN_BEFORE, _SHOWN = 60, 200
_MAX_EVIDENCE = 3
_FOREIGN = (Where.ERROR, Where.LOG, Where.RECORD)


@dataclass(frozen=True)
class _Text:
    where: Where
    text: str
    count: int


def find(
    rules: Sequence[Rule], facts: Facts, limit: int | None = MAX_FINDINGS
) -> tuple[Finding, ...]:
    """The causes that facts show, most severe and certain first."""
    texts = tuple(_texts(facts))
    explained: set[_Text] = set()
    findings: list[Finding] = []
    for breadth in Breadth:
        open_texts = [text for text in texts if text not in explained]
        for rule in rules:
            if rule.breadth is not breadth or not rule.concerns(facts):
                continue
            found = _finding(rule, facts, open_texts, explained)
            if found and not _is_superfluous(found, findings):
                findings.append(found)
    ranked = sorted(findings, key=_rank)
    return tuple(ranked[:limit])


def advise(pieces: Iterable[Advice], symptom: str, facts: Facts) -> tuple[Advice, ...]:
    """Advice whose keywords a symptom mentions, best first."""
    scored = [
        (sum(len(word) for word in piece.keywords if _mentions(symptom, word)), piece)
        for piece in pieces
        if piece.concerns(facts)
    ]
    ranked = sorted(scored, key=lambda pair: -pair[0])
    return tuple(piece for score, piece in ranked if score)


def _mentions(symptom: str, keyword: str) -> bool:
    """Whether a word or phrase begins so; the end is open for plurals."""
    return compiled(rf"(?<!\w){re.escape(keyword)}").search(symptom) is not None


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a rule; compiled when it is first needed, which is not at start-up."""
    return re.compile(pattern, re.IGNORECASE)


def _texts(facts: Facts) -> Iterator[_Text]:
    yield from (_cleaned(Where.ERROR, text, 1) for text in facts.errors)
    yield from (_cleaned(Where.LOG, row.text, row.count) for row in facts.log_rows)
    yield from (_cleaned(Where.RECORD, row.text, row.count) for row in facts.record_errors)


def _cleaned(where: Where, text: str, count: int) -> _Text:
    return _Text(where, strip_invisible(text[:_LONGEST_TEXT]), count)


def _finding(
    rule: Rule, facts: Facts, texts: Iterable[_Text], explained: set[_Text]
) -> Finding | None:
    guard = rule.when(facts) if rule.when else ()
    if guard is None:
        return None
    quoted = _quoted(rule, texts, explained)
    seen = rule.predicate(facts) if rule.predicate else None
    if not quoted and seen is None:
        return None
    is_suspicion = bool(rule.patterns) and not quoted
    confidence = min(rule.suspicion, rule.confidence) if is_suspicion else rule.confidence
    evidence = (*quoted, *(seen or ()), *guard)
    return Finding(rule, tuple(dict.fromkeys(evidence)), confidence)


def _quoted(rule: Rule, texts: Iterable[_Text], explained: set[_Text]) -> tuple[Evidence, ...]:
    quotes: list[Evidence] = []
    for text in texts:
        if text.where is Where.RECORD and not rule.reads_records:
            continue
        if _first_match(rule.patterns, text.text):
            explained.add(text)
            quotes.append(Evidence(text.where, _excerpt(rule.patterns, text.text), text.count))
    return tuple(quotes[:_MAX_EVIDENCE])


def _first_match(patterns: Iterable[str], text: str) -> re.Match[str] | None:
    found = (compiled(pattern).search(text) for pattern in patterns)
    return next((match for match in found if match), None)


def _excerpt(patterns: Iterable[str], text: str) -> str:
    """The surroundings of a match, cut only after all that looks like a secret is masked."""
    masked = redact(text)
    match = _first_match(patterns, masked)
    start = max(match.start() - _SHOWN_BEFORE, 0) if match else 0
    head = "…" if start else ""
    tail = "…" if start + _SHOWN < len(masked) else ""
    return f"{head}{masked[start : start + _SHOWN]}{tail}"


def _is_superfluous(finding: Finding, others: Iterable[Finding]) -> bool:
    """Whether a last resort that no open text asks for has been answered already."""
    if finding.rule.breadth is not Breadth.LAST_RESORT or _is_quoted(finding):
        return False
    enough = min(Severity.ERROR, finding.rule.severity)
    return any(other.rule.severity >= enough for other in others)


def _is_quoted(finding: Finding) -> bool:
    return any(item.where in _FOREIGN for item in finding.evidence)


def _rank(finding: Finding) -> tuple[int, int, bool]:
    return (-finding.score, finding.rule.breadth.value, not _is_quoted(finding))
