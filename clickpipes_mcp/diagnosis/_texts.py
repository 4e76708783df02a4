"""Texts as rules read them: on one line, with who speaks in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.diagnosis._facts import Facts, Row
from clickpipes_mcp.diagnosis._rule import Evidence, Rule, Where
from clickpipes_mcp.diagnosis.speakers import OF_ARM, Speaker, hinted_in, settled, speakers_in
from clickpipes_mcp.redaction import strip_invisible

_LONGEST_TEXT = 8_000
_WORDS: Final = re.compile(r"[^\W\d_]+")
_PLAIN_WORDS: Final = frozenset(
    _WORDS.findall(
        "a access action allowed an any are authenticate authentication authorized be been body "
        "by closed code connect connecting connection connections could credentials database "
        "denied does error exceeded exist exists expired failed failure for forbidden found from "
        "has http in internal invalid is key limit login lost many message missing name no not of "
        "on operation or out password perform permission please rate refused reset request "
        "requests server status temporarily the this timed timeout to token too unable "
        "unauthorized unavailable unknown user username was with your"
    )
)
"""Words that any system says of any trouble."""


@dataclass(frozen=True)
class Text:
    """An error, a line of the log or a record error.

    `speakers` are heard in it; `supposed` are those it points to, or who speak for the pipe's
    source, for texts in which nobody is heard clearly.
    """

    where: Where
    text: str
    row: Row
    speakers: frozenset[Speaker]
    supposed: frozenset[Speaker]

    def shown(self, excerpt: str) -> Evidence:
        """A piece of it, as evidence."""
        return Evidence(self.where, excerpt, self.row.count, self.row.first, self.row.last)

    def may_be_of(self, rule: Rule, *, is_guess: bool) -> bool:
        """Whether the rule is about those who speak here, or, as a guess, about anybody."""
        if self.where is Where.RECORD and not rule.reads_records:
            return False
        if not rule.speakers:
            return not is_guess
        if self.speakers:
            return not is_guess and not self.speakers.isdisjoint(rule.speakers)
        return is_guess or not self.supposed.isdisjoint(rule.speakers)


def is_anybodys(words: str) -> bool:
    """Whether words tell nothing of who said them."""
    return _PLAIN_WORDS.issuperset(_WORDS.findall(words.lower()))


def texts_of(facts: Facts) -> Iterator[Text]:
    """Everything in facts that was said in words."""
    yield from (_read(Where.ERROR, Row(text), facts.arm) for text in facts.errors)
    yield from (_read(Where.LOG, row, facts.arm) for row in facts.log_rows)
    yield from (_read(Where.RECORD, row, facts.arm) for row in facts.record_errors)
    yield from (_read(Where.PROBE, Row(text), facts.arm) for text in facts.probes)


def _read(where: Where, row: Row, arm: str) -> Text:
    plain = strip_invisible(row.text[:_LONGEST_TEXT])
    # A record error quotes somebody's data, which may look like anything.
    heard = frozenset[Speaker]() if where is Where.RECORD else speakers_in(plain)
    hinted = frozenset[Speaker]() if where is Where.RECORD else hinted_in(plain)
    supposed = settled(hinted, arm) | frozenset(OF_ARM.get(arm, ()))
    return Text(where, plain, row, settled(heard, arm), supposed)
