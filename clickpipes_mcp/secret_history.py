"""Where secrets have gone so far, by reference, as the journal tells it."""

import hashlib
import os
from collections.abc import Iterable
from typing import BinaryIO, Final

from clickpipes_mcp.journal_entry import LONGEST_FACT, read_line
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
    return f"{clean(reference, limit=_MOST_OF_A_NAME)} #{digest[:16]}"


class SecretHistory:
    """Remembers what it was told of, and reads on in the journal where it ended last time."""

    def __init__(self) -> None:
        self._hosts: dict[str, set[str]] = {}
        self._file: tuple[int, int] | None = None
        self._read_bytes = 0

    def note(self, secrets: Iterable[str]) -> None:
        """Take in what a line tells."""
        for told in secrets:
            host, _, reference = told.partition(" ")
            self._hosts.setdefault(reference, set()).add(host)

    def hosts_of(self, reference: str) -> frozenset[str]:
        """Every host that the secret of this reference went to, or was to go to."""
        return frozenset(self._hosts.get(distinct(reference), ()))

    def read_on(self, file: BinaryIO) -> None:
        """Take in the lines that are new; a file that was put in the place of the last one is."""
        found = os.fstat(file.fileno())
        is_same = self._file == (found.st_dev, found.st_ino) and found.st_size >= self._read_bytes
        self._file = (found.st_dev, found.st_ino)
        self._read_bytes = file.seek(self._read_bytes if is_same else 0)
        for line in file:
            if not line.endswith(b"\n"):
                return  # another process is writing it
            self._read_bytes += len(line)
            entry = read_line(line) if _MARK in line else None
            if entry:
                self.note(entry.secrets)
