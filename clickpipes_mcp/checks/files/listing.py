"""Files of a store: which of them a pipe reads, and in which order they came."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

MOST_FILES: Final = 3000
"""Files of a listing; more would take the time of the look."""

_WILDCARDS: Final = re.compile(r"\*\*/?|\*|\?")
_AT_ONCE: Final = timedelta(minutes=1)
"""Files that are written within this time came together; a pipe polls every 30 seconds."""


@dataclass(frozen=True)
class File:
    """A file of a store; `written` is None where the store does not tell."""

    key: str
    size_bytes: int
    written: datetime | None = None


@dataclass(frozen=True)
class Listing:
    """The files that a pattern matches, by their names; `is_cut` where there are more."""

    files: tuple[File, ...]
    is_cut: bool = False

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def fixed_part(pattern: str) -> str:
    """What every name begins with that a pattern matches."""
    first = _WILDCARDS.search(pattern)
    return pattern[: first.start()] if first else pattern


def matching(pattern: str, files: Iterable[File], *, after: str = "") -> list[File]:
    """The files that a pattern matches, sorted by name; only those behind the one of `after`.

    `?` is a letter and `*` any of them, neither a slash; `**` goes through folders. Source:
    ClickHouse docs, integrations/clickpipes/object-storage.
    """
    fits = _expression(pattern)
    found = [one for one in files if fits.fullmatch(one.key) and one.key > after]
    return sorted(found, key=lambda one: one.key)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    end = 0
    for wildcard in _WILDCARDS.finditer(pattern):
        parts.append(re.escape(pattern[end : wildcard.start()]))
        parts.append(_MEANINGS[wildcard.group()])
        end = wildcard.end()
    return re.compile("".join(parts) + re.escape(pattern[end:]), re.DOTALL)


_MEANINGS: Final = {"?": "[^/]", "*": "[^/]*", "**": ".*", "**/": "(?:.*/)?"}


def latecomers(files: Sequence[File]) -> list[File]:
    """Of files sorted by name, those that were written after a file whose name sorts later."""
    late: list[File] = []
    earliest: datetime | None = None
    for file in reversed(files):
        if file.written is None:
            continue
        if earliest is not None and file.written - earliest > _AT_ONCE:
            late.append(file)
        if earliest is None or file.written < earliest:
            earliest = file.written
    return late[::-1]
