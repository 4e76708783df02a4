"""One line of the journal: what it tells, how it is written, and what is no such line."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Final, Literal, TypeAlias

from clickpipes_mcp.journal_chain import PREVIOUS
from clickpipes_mcp.redaction import ALTERED, clean

Phase: TypeAlias = Literal["intent", "outcome"]
LONGEST_FACT: Final = 255
MOST_SECRETS: Final = 60
"""Of which a line tells where they went."""

_LONGEST_LINE_BYTES: Final = 96 * 1024
"""More than all facts of an entry take, written as escapes."""

MOST_BEFORE_BYTES: Final = 16 * 1024
"""Of what something was before it was changed."""

UNKNOWN = "unknown"
DONE = "done"
ADOPTED = "adopted"
"""Its answer was lost, but what it was to make is there."""

YIELDED = "yielded"
"""Never sent: another process was ahead with the same."""

ABSENT = "absent"
"""What it was to make has not appeared for so long that it will not any more."""

CREATION: Final = "create"
"""What the word for every operation begins with that makes something new."""

_APART: Final = re.compile(r" #[0-9a-f]{16,64}\Z")
_WITH_EFFECT = frozenset({DONE, ADOPTED})


@dataclass(frozen=True)
class JournalEntry:
    """One line. An outcome carries the `id` of its intent.

    `consent` says how the person agreed, `principal` on whose behalf it was called where callers
    say so, `outcome` how the write ended: `done`, an error code, or `unknown` when nobody can
    tell; an attempt at creating something may also be `adopted`, `yielded` or `absent`.
    `thing_id` is the id of what a write made, where that is no pipe. `digest` tells whether two
    requests ask for the same where no read of the API shows it. `connection` names what it went
    through, where there are several. `secrets` of an intent are the
    references in the request, each after the host it goes to. `state` is the one that the pipe was
    in when the write was sent. `call` is the id of the tool's call, as its answer, the log and
    the trace have it. `before` of an intent is what is
    changed, as it was; it is no part of what tells entries apart.
    """

    id: str
    time: datetime
    phase: Phase
    tool: str
    operation: str
    service_id: str | None = None
    clickpipe_id: str | None = None
    thing_id: str | None = None
    name: str | None = None
    consent: str | None = None
    principal: str | None = None
    outcome: str | None = None
    request_id: str | None = None
    digest: str | None = None
    connection: str | None = None
    state: str | None = None
    call: str | None = None
    secrets: tuple[str, ...] = ()
    before: Mapping[str, object] | None = field(default=None, compare=False, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether nobody knows how it ended: it is under way, or its answer was lost."""
        return self.phase == "intent" or self.outcome == UNKNOWN

    @property
    def came_to_nothing(self) -> bool:
        """Whether it is known to have had no effect."""
        return not self.is_open and self.outcome not in _WITH_EFFECT

    def is_about(self, name: str) -> bool:
        """Whether it is about the thing of this name; a name that had to be cleaned is no other."""
        return self.name == name

    def line(self, previous: str | None = None) -> str:
        """The line it is written as, without what ends it; `previous` is the digest it goes on."""
        facts: dict[str, object] = {}
        for fact in fields(self):
            value: object = getattr(self, fact.name)
            if isinstance(value, datetime):
                facts[fact.name] = value.isoformat()
            elif isinstance(value, tuple | Mapping):
                facts |= {fact.name: value} if value else {}
            elif value is not None:
                facts[fact.name] = clean(str(value), limit=LONGEST_FACT)
        if previous is not None:
            facts[PREVIOUS] = previous
        return json.dumps(facts, ensure_ascii=False)


def name_apart(shown: str, digest: str) -> str:
    """A name of which not all is shown, told apart from others that are shown alike."""
    return f"{shown} #{digest}"


def name_shown(name: str) -> str:
    """A name of the journal without what tells it from others that are shown alike."""
    return _APART.sub("", name).rstrip(ALTERED)


def read_line(line: bytes) -> JournalEntry | None:
    """The entry that a line tells of; None where it was cut short, changed or never was one."""
    if len(line) > _LONGEST_LINE_BYTES:
        return None
    decode, refusals = _reading()
    try:
        entry = decode(line)
    except refusals:
        return None
    is_whole = entry.id and entry.tool and entry.operation and entry.time.tzinfo is not None
    return entry if is_whole else None


@cache
def _reading() -> tuple[Callable[[bytes], JournalEntry], tuple[type[Exception], ...]]:
    """What reads a line, and what it raises where that is none."""
    import msgspec  # loaded when there is a line to read

    refusals = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
    return msgspec.json.Decoder(JournalEntry).decode, refusals
