"""A record of every write: what was about to be sent, and how it ended.

One JSON object a line, appended. A line holds only the facts listed in `JournalEntry`, never an
argument or an answer, so nothing secret can get in. The intent is on disk before the request
leaves; when it cannot be written, nothing is sent. What this process wrote is also remembered
without a file, so that a write of unknown end can be looked at before it is repeated. Where
several processes share the file, the order of its lines says who was first.
"""

import contextlib
import errno
import json
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Literal, TypeAlias

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import OperatorError
from clickpipes_mcp.redaction import clean

Phase: TypeAlias = Literal["intent", "outcome"]
_PRIVATE = 0o600
_PRIVATE_DIRECTORY = 0o700
_MAX_FACT_LENGTH = 255
_REMEMBERED = 1000
"""Writes; at ten requests in ten seconds, more than a quarter of an hour of them."""

_RECENT_BYTES = 512 * 1024
"""How much of the end of the file is read back: more lines than a quarter of an hour can write."""

UNKNOWN = "unknown"
DONE = "done"
ADOPTED = "adopted"
"""Its answer was lost, but what it was to make is there."""

YIELDED = "yielded"
"""Never sent: another process was ahead with the same."""

ABSENT = "absent"
"""What it was to make has not appeared for so long that it will not any more."""

_WITH_EFFECT = frozenset({DONE, ADOPTED})
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JournalEntry:
    """One line. An outcome carries the `id` of its intent.

    `consent` says how the person agreed, `principal` on whose behalf it was called where callers
    say so, `outcome` how the write ended: `done`, an error code, or `unknown` when nobody can
    tell; an attempt at creating something may also be `adopted`, `yielded` or `absent`.
    """

    id: str
    time: datetime
    phase: Phase
    tool: str
    operation: str
    service_id: str | None = None
    clickpipe_id: str | None = None
    name: str | None = None
    consent: str | None = None
    principal: str | None = None
    outcome: str | None = None
    request_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody knows how it ended: it is under way, or its answer was lost."""
        return self.phase == "intent" or self.outcome == UNKNOWN

    @property
    def came_to_nothing(self) -> bool:
        """Whether it is known to have had no effect."""
        return not self.is_open and self.outcome not in _WITH_EFFECT

    def is_about(self, name: str) -> bool:
        """Whether it is about the pipe of this name, which may have been cut to fit a line."""
        return self.name == clean(name, limit=_MAX_FACT_LENGTH)


class Journal:
    """Appends entries to a file, or to nothing when there is no path."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path.expanduser() if path else None
        self._clock = clock
        self._remembered: dict[str, JournalEntry] = {}

    def intent(
        self,
        *,
        tool: str,
        operation: str,
        service_id: str | None = None,
        clickpipe_id: str | None = None,
        name: str | None = None,
        consent: str | None = None,
        principal: str | None = None,
    ) -> JournalEntry:
        """Record what is about to be sent; the line is on disk when this returns.

        Raises:
            OperatorError: The journal cannot be written; the request must not be sent.
        """
        entry = JournalEntry(
            id=uuid.uuid4().hex,
            time=self._clock.now(),
            phase="intent",
            tool=tool,
            operation=operation,
            service_id=service_id,
            clickpipe_id=clickpipe_id,
            name=None if name is None else clean(name, limit=_MAX_FACT_LENGTH),
            consent=consent,
            principal=principal,
        )
        try:
            self._append(entry, must_last=True)
        except OSError as error:
            raise OperatorError(
                "The journal cannot be written, so nothing was sent.",
                fix=self._remedy("writable"),
            ) from error
        self._remember(entry)
        return entry

    def outcome(
        self,
        intent: JournalEntry,
        outcome: str,
        *,
        clickpipe_id: str | None = None,
        request_id: str | None = None,
    ) -> JournalEntry:
        """Record how it ended. Never fails: the write has happened, and that must be reported."""
        entry = replace(
            intent,
            time=self._clock.now(),
            phase="outcome",
            outcome=outcome,
            clickpipe_id=clickpipe_id or intent.clickpipe_id,
            request_id=request_id,
        )
        self._remember(entry)
        try:
            self._append(entry, must_last=False)
        except OSError as error:
            _logger.error("The outcome of %s could not be journaled: %s", entry.id, error.strerror)  # noqa: TRY400
        return entry

    def entries(self) -> Iterator[JournalEntry]:
        """Everything recorded so far, oldest first; lines cut short by a crash are left out."""
        return self._read(0)

    def recent(self) -> tuple[JournalEntry, ...]:
        """The last that is known of each recent write, whichever process made it."""
        last = self._last_lines()
        return tuple({**self._remembered, **last}.values())

    def ahead_of(self, intent: JournalEntry) -> tuple[JournalEntry, ...]:
        """The last that is known of each write that was announced before this one.

        The order of the lines decides, never their times: every process that shares the file sees
        the same. Nothing is ahead where there is no file, or it was put away meanwhile.
        """
        last = self._last_lines()
        if intent.id not in last:
            return ()
        return tuple(last[id_] for id_ in takewhile(lambda id_: id_ != intent.id, last))

    def _last_lines(self) -> dict[str, JournalEntry]:
        """By id, in the order in which they were announced in the file.

        An end that is remembered but could not be written counts too; one that another process
        has written is news.
        """
        last = {entry.id: entry for entry in self._read(_RECENT_BYTES)}
        return {
            id_: self._remembered.get(id_, entry) if entry.is_open else entry
            for id_, entry in last.items()
        }

    def _remember(self, entry: JournalEntry) -> None:
        self._remembered.pop(entry.id, None)
        self._remembered[entry.id] = entry
        if len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def _read(self, last_bytes: int) -> Iterator[JournalEntry]:
        if self._path is None:
            return
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise OperatorError(
                "The journal cannot be read.", fix=self._remedy("readable")
            ) from error
        with file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - last_bytes, 0) if last_bytes else 0)
            for line in file:
                entry = _parsed(line.decode(errors="replace"))
                if entry:
                    yield entry

    def _remedy(self, access: str) -> str:
        return (
            f"The operator makes {self._path} {access}, or sets CLICKPIPES_JOURNAL to another file "
            "or to off; then repeat the call unchanged."
        )

    def _append(self, entry: JournalEntry, *, must_last: bool) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._path, flags, _PRIVATE)
        try:
            with contextlib.suppress(AttributeError, OSError):  # Windows; a file of somebody else
                os.fchmod(descriptor, _PRIVATE)
            line = ("\n" if _is_torn(descriptor) else "") + _rendered(entry) + "\n"
            octets = line.encode()
            if os.write(descriptor, octets) != len(octets):
                raise OSError(errno.ENOSPC, "the disk is full")
            if must_last:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_torn(descriptor: int) -> bool:
    """Whether a crash left the last line without its end."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _rendered(entry: JournalEntry) -> str:
    facts: dict[str, str] = {}
    for field in fields(entry):
        value: object = getattr(entry, field.name)
        if isinstance(value, datetime):
            facts[field.name] = value.isoformat()
        elif value is not None:
            facts[field.name] = clean(str(value), limit=_MAX_FACT_LENGTH)
    return json.dumps(facts, ensure_ascii=False)


def _parsed(line: str) -> JournalEntry | None:
    try:
        facts = json.loads(line)
        known = {field.name: facts.get(field.name) for field in fields(JournalEntry)}
        return JournalEntry(**known | {"time": datetime.fromisoformat(facts["time"])})
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
