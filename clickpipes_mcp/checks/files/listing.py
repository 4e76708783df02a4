"""Files of a store: which of them a pipe reads, and in which order they came."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MOST_FILES: Final = 3000
"""Files of a listing; more would take the time of the look."""

_WILDCARDS: Final = re.compile(r"\*\*/?|\*|\?")
_FORK: Final = ""
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
    pieces = _pieces(pattern)
    found = [one for one in files if one.key > after and _fits(one.key, pieces)]
    return sorted(found, key=lambda one: one.key)


def _pieces(pattern: str) -> tuple[str, ...]:
    """Letters and wildcards, one by one."""
    pieces: list[str] = []
    end = 0
    for wildcard in _WILDCARDS.finditer(pattern):
        pieces += pattern[end : wildcard.start()]
        # Folders may be none at all: then what goes through them is left out.
        pieces += [_FORK, "**", "/"] if wildcard.group() == "**/" else [wildcard.group()]
        end = wildcard.end()
    return (*pieces, *pattern[end:])


def _fits(key: str, pieces: Sequence[str]) -> bool:
    """Whether a name fits: all ways at once, in steps that no pattern can multiply."""
    places = _reached({0}, pieces)
    for letter in key:
        places = _reached({to for at in places for to in _steps(at, letter, pieces)}, pieces)
        if not places:
            return False
    return len(pieces) in places


def _steps(at: int, letter: str, pieces: Sequence[str]) -> Iterator[int]:
    """Where a letter leads to from a place in a pattern."""
    piece = pieces[at] if at < len(pieces) else None
    if piece == "**" or (piece == "*" and letter != "/"):
        yield at
    elif piece == letter or (piece == "?" and letter != "/"):
        yield at + 1


def _reached(places: set[int], pieces: Sequence[str]) -> set[int]:
    """These places, and those that are reached from there without a letter."""
    open_, found = [*places], set(places)
    while open_:
        at = open_.pop()
        piece = pieces[at] if at < len(pieces) else None
        beyond = {at + 1} if piece in ("*", "**") else set()
        if piece == _FORK:
            beyond = {at + 1, at + 3}
        open_ += beyond - found
        found |= beyond
    return found


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
