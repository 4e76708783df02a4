"""What a rule, a piece of advice and a finding are. Frozen and pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import TypeAlias

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._steps import Step
from clickpipes_mcp.diagnosis.speakers import Speaker


class Severity(IntEnum):
    """What the cause does to the pipe, from "worth knowing" to "nothing flows or data is lost"."""

    NOTE = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4


class Confidence(IntEnum):
    """How sure a match makes us of the cause."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Breadth(Enum):
    """How much a rule explains. A text that a narrower rule explained is not offered to a wider.

    What only the code of an error tells comes after all that is known of texts. A last resort
    stays silent as soon as anything else explains an error. What only the words sound like is said
    of a quoted text that would have no answer otherwise.
    """

    SPECIFIC = 0
    BROAD = 1
    CODE = 2
    LAST_RESORT = 3
    WORDS = 4


class Where(StrEnum):
    """Where a piece of evidence was seen."""

    ERROR = "error"
    LOG = "log"
    RECORD = "record error"
    STATE = "state"
    SERVICE = "service"
    ENDPOINT = "private endpoint"
    TUNNEL = "SSH key"
    METRIC = "metric"
    CONFIGURATION = "configuration"
    PROBE = "probe"


_SEEN = frozenset({Where.SERVICE, Where.ENDPOINT, Where.TUNNEL})
_FOREIGN = frozenset({Where.ERROR, Where.LOG, Where.RECORD})


@dataclass(frozen=True)
class Evidence:
    """What was seen, ready to show; `count` sightings, between `first` and `last` where known."""

    where: Where
    text: str
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None


Predicate: TypeAlias = Callable[[Facts], tuple[Evidence, ...] | None]
"""Answers what it saw; None where the condition does not hold, nothing where it merely holds."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A piece of knowledge and the pipes it is about; empty scopes mean every pipe."""

    id: str
    title: str
    cause: str
    fix: tuple[Step, ...]
    documentation: str
    families: tuple[Family, ...] = ()
    arms: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def concerns(self, facts: Facts) -> bool:
        """Whether it may be about that pipe; what is not known does not speak against it."""
        return (
            (not self.families or facts.family is None or facts.family in self.families)
            and (not self.arms or not facts.arm or facts.arm in self.arms)
            and (not self.types or not facts.source_type or facts.source_type in self.types)
        )


@dataclass(frozen=True, kw_only=True)
class Advice(Entry):
    """Something to know that no fact can show. Found by its keywords, never a diagnosis."""

    keywords: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rule(Entry):
    """A cause that shows itself.

    It is found when one of the `patterns` (regular expressions, case does not matter) matches a
    text, or when `predicate` holds, and `when`, if given, holds too. `suspicion` is the
    confidence where only the predicate of a rule with patterns holds. Texts are errors and log
    lines; record errors, which quote foreign data, only with `reads_records`.
    `speakers` are the systems whose texts it explains; empty means that any may say it.
    What `asks_for_text` stands first where the API is silent, until somebody quotes the error.
    `is_consequence` where what stops a pipe altogether shows like that too.
    `untraced` is what a person would notice of it, where nothing else ever shows it.
    `examples` are what it must find itself in: an error text, or facts.
    """

    severity: Severity = Severity.ERROR
    confidence: Confidence = Confidence.HIGH
    suspicion: Confidence = Confidence.MEDIUM
    breadth: Breadth = Breadth.SPECIFIC
    speakers: tuple[Speaker, ...] = ()
    patterns: tuple[str, ...] = ()
    predicate: Predicate | None = None
    when: Predicate | None = None
    reads_records: bool = False
    asks_for_text: bool = False
    is_consequence: bool = False
    untraced: str = ""
    examples: tuple[str | Facts, ...]


def said_by(rules: Iterable[Rule], *speakers: Speaker) -> tuple[Rule, ...]:
    """The rules, each about texts of these speakers where it names none itself."""
    return tuple(rule if rule.speakers else replace(rule, speakers=speakers) for rule in rules)


@dataclass(frozen=True)
class Finding:
    """A cause that was found, with what speaks for it."""

    rule: Rule
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    unshown: int = 0
    """Texts that say the same beside the evidence."""

    @property
    def is_quoted(self) -> bool:
        """Whether something was said in words that it explains."""
        return any(item.where in _FOREIGN for item in self.evidence)

    @property
    def is_measured(self) -> bool:
        """Whether only readings speak for it: load, size, lag."""
        return not self.is_quoted and any(item.where is Where.METRIC for item in self.evidence)

    @property
    def is_seen(self) -> bool:
        """Whether the API shows it of something that the pipe needs."""
        return any(item.where in _SEEN for item in self.evidence)

    @property
    def is_told(self) -> bool:
        """Whether an error that somebody quoted, or got, says so."""
        return any(item.where is Where.ERROR for item in self.evidence)

    @property
    def is_only_probed(self) -> bool:
        """Whether nothing but a probe from this machine speaks for it."""
        return all(item.where is Where.PROBE for item in self.evidence) and bool(self.evidence)

    @property
    def score(self) -> int:
        """Severity times confidence; what findings are ranked by."""
        return self.rule.severity * self.confidence
