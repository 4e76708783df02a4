"""Each line of the journal holds the digest of the one before, so that a change of any shows.

The digest needs no key. So it shows what was changed, taken out or put in by accident or by
somebody who did not mend the lines after it; whoever writes all of them anew is not found out, and
nor is who takes away the last ones.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PREVIOUS: Final = "prev"
"""The field that holds it; empty in the first line of all."""


def digest_of_line(line: bytes) -> str:
    """What the next line says of this one."""
    return hashlib.sha256(line.rstrip(b"\r\n")).hexdigest()


@dataclass(frozen=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Verdict:
    """What a look at every line came to.

    `broken` is the first line that does not follow from the one before. `begins` is where the
    chain does; lines before that were written by an older version. `unreadable` counts lines that
    are no entries and have the chain go on over them, as a crash leaves one, and `unchained` those
    within the chain that say nothing of the line before. `is_whole` tells that nothing is missing
    before the first line.
    """

    lines: int = 0
    begins: Place | None = None
    broken: Place | None = None
    unreadable: int = 0
    unchained: int = 0
    is_whole: bool = True


def verify(files: Iterable[tuple[str, Iterable[bytes]]]) -> Verdict:
    """Follow the chain through files of lines, oldest first."""
    lines = unreadable = unchained = 0
    begins: Place | None = None
    before, is_whole = "", True
    for name, content in files:
        for number, line in enumerate(content, 1):
            if not line.strip():
                continue
            lines += 1
            is_entry, stated = _stated(line)
            unreadable += not is_entry
            unchained += is_entry and stated is None and begins is not None
            if stated is not None and begins is None:
                begins = Place(name, number)
                is_whole = lines > 1 or not stated
            if stated is not None and stated != before and lines > 1:
                broken = Place(name, number)
                return Verdict(lines, begins, broken, unreadable, unchained, is_whole)
            before = digest_of_line(line)
    return Verdict(lines, begins, None, unreadable, unchained, is_whole)


def _stated(line: bytes) -> tuple[bool, str | None]:
    """Whether a line is an object, and what it says of the line before."""
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        return False, None
    if not isinstance(facts, dict):
        return False, None
    stated = facts.get(PREVIOUS)
    return True, stated if isinstance(stated, str) else None
