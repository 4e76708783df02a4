"""Where secrets have gone so far, by reference, as the journal tells it."""

import hashlib
import os
from collections.abc import Iterable
from typing import BinaryIO, Final

from clickpipes_mcp.journal_entry import LONGEST_FACT, name_apart, read_line
from clickpipes_mcp.redaction import clean

_MOST_OF_A_NAME: Final = 200
_MARK: Final = b'"secrets"'
"""Stands in every line that tells of secrets; the others need not be parsed."""


def note_secret(reference: str, host: str) -> str:
    """How a line tells that the secret of a reference goes to a host."""
    return f"{clean(host, limit=LONGEST_FACT).replace(' ', '')} {distinct(reference)}"


def distinct(reference: str) -> str:
    """A reference as it may be written and shown, and as no other one is."""
    shown = clean(reference, limit=LONGEST_FACT)
    if shown == reference:
        return reference
    digest = hashlib.sha256(reference.encode(errors="surrogatepass")).hexdigest()
    return name_apart(clean(reference, limit=_MOST_OF_A_NAME), digest[:16])


class SecretHistory:
    """Remembers what it was told of, and reads on in the journal where it ended last time."""

    def __init__(self) -> None:
        self._hosts: dict[str, set[str]] = {}
        self._read_bytes: dict[tuple[int, int], int] = {}

    def note(self, secrets: Iterable[str]) -> None:
        """Take in what a line tells."""
        for told in secrets:
            host, _, reference = told.partition(" ")
            self._hosts.setdefault(reference, set()).add(host)

    def hosts_of(self, reference: str) -> frozenset[str]:
        """Every host that the secret of this reference went to, or was to go to."""
        return frozenset(self._hosts.get(distinct(reference), ()))

    def read_on(self, files: Iterable[BinaryIO]) -> None:
        """Take in the lines that are new; a file keeps its place in whatever it was moved to."""
        read_before, self._read_bytes = self._read_bytes, {}
        for file in files:
            found = os.fstat(file.fileno())
            which, begin = (found.st_dev, found.st_ino), 0
            if found.st_size >= (known := read_before.get(which, 0)):
                begin = known
            self._read_bytes[which] = self._read_from(file, begin)

    def _read_from(self, file: BinaryIO, position: int) -> int:
        """Where to go on: behind the last line that is whole."""
        file.seek(position)
        for line in file:
            if not line.endswith(b"\n"):
                break  # another process is writing it
            position += len(line)
            entry = read_line(line) if _MARK in line else None
            if entry:
                self.note(entry.secrets)
        return position
