"""Texts as rules read them: on one line, with who speaks in them."""

from collections.abc import Iterator
from dataclasses import dataclass

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._rule import Rule, Where
from clickpipes_mcp.diagnosis.speakers import OF_ARM, Speaker, hinted_in, settled, speakers_in
from clickpipes_mcp.redaction import strip_invisible

_LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Text:
    """An error, a line of the log or a record error.

    `speakers` are heard in it; `supposed` are those it points to, or who speak for the pipe's
    source, for texts in which nobody is heard clearly.
    """

    where: Where
    text: str
    count: int
    speakers: frozenset[Speaker]
    supposed: frozenset[Speaker]

    def may_be_of(self, rule: Rule, *, is_guess: bool) -> bool:
        """Whether the rule is about those who speak here, or, as a guess, about anybody."""
        if self.where is Where.RECORD and not rule.reads_records:
            return False
        if not rule.speakers:
            return not is_guess
        if self.speakers:
            return not is_guess and not self.speakers.isdisjoint(rule.speakers)
        return is_guess or not self.supposed.isdisjoint(rule.speakers)


def texts_of(facts: Facts) -> Iterator[Text]:
    """Everything in facts that was said in words."""
    yield from (_read(Where.ERROR, text, 1, facts.arm) for text in facts.errors)
    yield from (_read(Where.LOG, row.text, row.count, facts.arm) for row in facts.log_rows)
    yield from (_read(Where.RECORD, row.text, row.count, facts.arm) for row in facts.record_errors)


def _read(where: Where, text: str, count: int, arm: str) -> Text:
    plain = strip_invisible(text[:_LONGEST_TEXT])
    # A record error quotes somebody's data, which may look like anything.
    heard = frozenset[Speaker]() if where is Where.RECORD else speakers_in(plain)
    hinted = frozenset[Speaker]() if where is Where.RECORD else hinted_in(plain)
    supposed = settled(hinted, arm) | frozenset(OF_ARM.get(arm, ()))
    return Text(where, plain, count, settled(heard, arm), supposed)
