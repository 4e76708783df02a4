"""Finds which rules speak, and ranks what they say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._meanings import meaning_of, wording_of
from clickpipes_mcp.diagnosis._rule import (
    Advice,
    Breadth,
    Evidence,
    Finding,
    Rule,
    Severity,
    Where,
)
from clickpipes_mcp.diagnosis._texts import Text, is_anybodys, texts_of
from clickpipes_mcp.redaction import redact

MAX_FINDINGS = 5
_SHOWN_BEFORE, _SHOWN = 60, 200
_MAX_EVIDENCE = 3


@dataclass(frozen=True)
class _Turn:
    """Which rules are asked, and whether only as a guess: of texts in which nobody is heard."""

    breadth: Breadth
    is_anybodys: bool | None = None
    is_guess: bool = False

    def is_of(self, rule: Rule) -> bool:
        return rule.breadth is self.breadth and self.is_anybodys in (None, not rule.speakers)


@dataclass(frozen=True)
class _Reading:
    """The texts that a turn is about, and those that were explained so far."""

    texts: Sequence[Text]
    explained: set[Text]
    is_guess: bool


_TURNS: Final = (
    _Turn(Breadth.SPECIFIC, is_anybodys=False),
    _Turn(Breadth.SPECIFIC, is_anybodys=True),
    _Turn(Breadth.BROAD, is_anybodys=False),
    _Turn(Breadth.BROAD, is_anybodys=True),
    _Turn(Breadth.SPECIFIC, is_anybodys=False, is_guess=True),
    _Turn(Breadth.BROAD, is_anybodys=False, is_guess=True),
    _Turn(Breadth.CODE),
    _Turn(Breadth.LAST_RESORT),
    _Turn(Breadth.WORDS),
)
"""Who is asked about a text first: rules of whoever speaks stand before those of anybody."""

_READERS: Final = {
    Breadth.CODE: (meaning_of, (Where.ERROR, Where.LOG)),
    Breadth.WORDS: (wording_of, (Where.ERROR,)),
}
"""How texts are read that no rule knows, and which texts are."""


@dataclass(frozen=True)
class Examination:
    """What facts show, and the lines of the pipe's own tables that nothing explains."""

    findings: tuple[Finding, ...]
    unexplained: tuple[Evidence, ...]


def find(
    rules: Sequence[Rule], facts: Facts, limit: int | None = MAX_FINDINGS
) -> tuple[Finding, ...]:
    """The causes that facts show, most severe and certain first."""
    return examine(rules, facts).findings[:limit]


def examine(rules: Sequence[Rule], facts: Facts) -> Examination:
    """All causes, most severe and certain first, and what has none."""
    texts = tuple(texts_of(facts))
    explained: set[Text] = set()
    findings: dict[str, Finding] = {}
    for turn in _TURNS:
        open_texts = [text for text in texts if text not in explained]
        if turn.breadth in _READERS:
            findings |= _readings(open_texts, explained, turn.breadth)
        for rule in rules:
            if rule.id in findings or not turn.is_of(rule) or not rule.concerns(facts):
                continue
            found = _finding(rule, facts, _Reading(open_texts, explained, turn.is_guess))
            if found and not _is_superfluous(found, findings.values()):
                findings[rule.id] = found
    has_text = any(_is_exact(finding) for finding in findings.values())
    places = {rule.id: place for place, rule in enumerate(rules)}
    ranked = sorted(
        findings.values(),
        key=lambda found: (*_rank(found, has_text=has_text), places.get(found.rule.id, len(rules))),
    )
    unexplained = (
        text.shown(_excerpt((), text.text))
        for text in texts
        if text not in explained and text.where in (Where.LOG, Where.RECORD)
    )
    return Examination(tuple(ranked), tuple(unexplained))


def explanation(rules: Sequence[Rule], text: str, facts: Facts) -> tuple[Finding, ...]:
    """What a text says about its pipe; nothing that would be found without it."""
    alone = replace(facts, errors=(text,), log_rows=(), record_errors=())
    found = find(rules, alone, None)
    return tuple(one for one in found if any(item.where is Where.ERROR for item in one.evidence))


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


def _readings(texts: Iterable[Text], explained: set[Text], breadth: Breadth) -> dict[str, Finding]:
    """What texts that no rule knows say by code or words; those of the same make one finding."""
    read, wheres = _READERS[breadth]
    found: dict[str, Finding] = {}
    for text in texts:
        rule = read(text.text, text.speakers or text.supposed) if text.where in wheres else None
        if rule is None:
            continue
        explained.add(text)
        quote = text.shown(_excerpt((), text.text))
        earlier = found.get(rule.title)
        quotes = (*(earlier.evidence if earlier else ()), quote)
        unshown = (earlier.unshown if earlier else 0) + (len(quotes) > _MAX_EVIDENCE)
        found[rule.title] = Finding(rule, quotes[:_MAX_EVIDENCE], rule.confidence, unshown)
    return found


def _finding(rule: Rule, facts: Facts, reading: _Reading) -> Finding | None:
    guard = rule.when(facts) if rule.when else ()
    if guard is None:
        return None
    quoted = _quoted(rule, reading)
    seen = rule.predicate(facts) if rule.predicate and not reading.is_guess else None
    if not quoted and seen is None:
        return None
    is_suspicion = bool(rule.patterns) and not quoted
    confidence = min(rule.suspicion, rule.confidence) if is_suspicion else rule.confidence
    evidence = (*quoted[:_MAX_EVIDENCE], *(seen or ()), *guard)
    unshown = max(len(quoted) - _MAX_EVIDENCE, 0)
    return Finding(rule, tuple(dict.fromkeys(evidence)), confidence, unshown)


def _quoted(rule: Rule, reading: _Reading) -> tuple[Evidence, ...]:
    quotes: list[Evidence] = []
    for text in reading.texts:
        if not text.may_be_of(rule, is_guess=reading.is_guess):
            continue
        match = _first_match(rule.patterns, text.text)
        if match and not (reading.is_guess and is_anybodys(match.group())):
            reading.explained.add(text)
            quotes.append(text.shown(_excerpt(rule.patterns, text.text)))
    return tuple(quotes)


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
    if finding.rule.breadth is not Breadth.LAST_RESORT or finding.is_quoted:
        return False
    enough = min(Severity.ERROR, finding.rule.severity)
    return any(
        other.rule.severity >= enough
        for other in others
        if not other.is_only_probed and (other.is_quoted or not finding.rule.asks_for_text)
    )


def _is_exact(finding: Finding) -> bool:
    """Whether the text of an error says it, rather than words that may mean anything."""
    return finding.is_quoted and finding.rule.breadth is not Breadth.WORDS


def _rank(finding: Finding, *, has_text: bool) -> tuple[bool, bool, int, int, bool]:
    """Load and size stand behind what an error says in words, a probe behind all that was seen."""
    is_behind = has_text and finding.is_measured
    wide = finding.rule.breadth.value
    return (finding.is_only_probed, is_behind, -finding.score, wide, not finding.is_quoted)
