"""A few records of a source as a person may see them: where somebody asked, short, and as text."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

MOST_RECORDS: Final = 5
MOST_LETTERS: Final = 200
"""Of a record."""

_LOOKED_AT: Final = 4_000
"""Octets of a record: a secret that begins among those that are shown ends within these."""

_LONGEST_LETTER: Final = 4


def shown(records: Iterable[bytes]) -> tuple[str, ...]:
    """The first records that hold anything; of one that is no text, how long it is."""
    return tuple(islice(map(_text, filter(bytes.strip, records)), MOST_RECORDS))


def lines_of(beginning: bytes) -> Iterable[bytes]:
    """The lines at the beginning of a file; one that is no text is one piece."""
    return [beginning] if b"\0" in beginning[:_LOOKED_AT] else beginning.splitlines()


def _text(record: bytes) -> str:
    part = record[:_LOOKED_AT]
    try:
        text = part.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        was_cut = len(record) > len(part) and error.start >= len(part) - _LONGEST_LETTER
        text = part[: error.start].decode("utf-8-sig") if was_cut else "\0"
    return f"no text, {len(record):,} bytes" if "\0" in text else text
