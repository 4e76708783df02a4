"""A record of every write: what was about to be sent, and how it ended.

One JSON object a line, appended. A line holds only the facts listed in `JournalEntry`, never an
argument or an answer, so nothing secret can get in, and the digest of the line before. The
intent is on disk before the request leaves; when it cannot be written, nothing is sent. What this
process wrote is also remembered without a file, so that a write of unknown end can be looked at
before it is repeated. Where several processes share the file, the order of its lines says who was
first.
"""

import contextlib
import hashlib
import json
import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain, takewhile
from pathlib import Path
from typing import BinaryIO

import anyio
from typing_extensions import Unpack

from clickpipes_mcp import telemetry
from clickpipes_mcp.call_ids import current_call
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import ClickPipesError, OperatorError
from clickpipes_mcp.file_changes import opened_signature
from clickpipes_mcp.journal_entry import (
    ABSENT,
    ADOPTED,
    CREATION,
    DONE,
    LONGEST_FACT,
    MOST_BEFORE_BYTES,
    MOST_SECRETS,
    UNKNOWN,
    YIELDED,
    JournalEntry,
    read_line,
)
from clickpipes_mcp.journal_facts import IntentFacts, OutcomeFacts, SharedLines
from clickpipes_mcp.journal_lines import MEGABYTE, JournalLines, last_of_all
from clickpipes_mcp.journal_remedies import Access, remedy_of
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_history import SecretHistory
from clickpipes_mcp.store_refusals import StoreUnavailable, refuse_without_store

__all__ = [
    "ABSENT",
    "ADOPTED",
    "DONE",
    "MOST_BEFORE_BYTES",
    "UNKNOWN",
    "YIELDED",
    "Journal",
    "JournalEntry",
    "SharedLines",
]

_REMEMBERED = 1000
"""Writes; at ten requests in ten seconds, more than a quarter of an hour of them."""

_RECENT_LINES = 2 * _REMEMBERED + 200
"""How many of the last lines are read back: more than a quarter of an hour can write."""

_logger = logging.getLogger(__name__)


class Journal:
    """Appends entries to a file, or to nothing when there is no path.

    A file of `most_bytes` is put aside, and `kept` of those stay; 0 bytes are no limit. With
    `shared` lines they are kept there instead, and what is read is their copy.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Clock,
        *,
        most_bytes: int = 10 * MEGABYTE,
        kept: int = 5,
        shared: SharedLines | None = None,
    ) -> None:
        self._shared = shared
        self._path = path.expanduser() if path else None
        if shared is not None:
            self._path, most_bytes = shared.copy, 0
        self._lines = JournalLines(self._path, most_bytes, kept) if self._path else None
        self._clock = clock
        self._remembered: dict[str, JournalEntry] = {}
        self._seen: dict[JournalEntry, float] = {}
        self._set_aside: set[bytes] = set()
        self._told = 0
        self._history = SecretHistory()
        self._stand: tuple[object, ...] | None = None
        self._written: dict[str, JournalEntry] = {}

    def intent(self, **facts: Unpack[IntentFacts]) -> JournalEntry:
        """Record here what is about to be sent; the line is on disk when this returns.

        Raises:
            OperatorError: The journal cannot be written; the request must not be sent.
        """
        entry = self._begun(**facts)
        try:
            self._append(entry, must_last=True)
        except OSError as error:
            raise self._unwritten(error) from error
        return self._announced(entry)

    async def announce(self, **facts: Unpack[IntentFacts]) -> JournalEntry:
        """The same wherever the journal is kept: in the store of all replicas, if there is one.

        When this returns, all that was announced before is known here.

        Raises:
            NobodyYet: The store does not answer at this moment; the request must not be sent.
            OperatorError: The journal cannot be written; the request must not be sent.
        """
        if self._shared is None:
            return self.intent(**facts)
        entry = self._begun(**facts)
        try:
            await self._shared.append(entry.line, must_last=True)
        except OSError as error:
            raise self._unwritten(error) from error
        return self._announced(entry)

    def outcome(
        self, intent: JournalEntry, outcome: str, **facts: Unpack[OutcomeFacts]
    ) -> JournalEntry:
        """Record here how it ended. Never fails: the write has happened, and must be reported."""
        entry = self._ended(intent, outcome, **facts)
        try:
            self._append(entry, must_last=False)
        except OSError as error:
            self._tell_lost(entry, error)
        return entry

    async def conclude(
        self, intent: JournalEntry, outcome: str, **facts: Unpack[OutcomeFacts]
    ) -> JournalEntry:
        """The same wherever the journal is kept, also when the call is cancelled."""
        if self._shared is None:
            return self.outcome(intent, outcome, **facts)
        entry = self._ended(intent, outcome, **facts)
        try:
            with anyio.CancelScope(shield=True):
                await self._shared.append(entry.line, must_last=False)
        except OSError as error:
            self._tell_lost(entry, error)
        return entry

    async def catch_up(self) -> None:
        """Learn what other replicas have recorded, as far as the store answers."""
        if self._shared is not None:
            with contextlib.suppress(OSError):
                await self._shared.catch_up()

    def _begun(self, **facts: Unpack[IntentFacts]) -> JournalEntry:
        name = facts.get("name")
        given = {
            **facts,
            "name": None if name is None else clean(name, limit=LONGEST_FACT),
            "secrets": tuple(facts.get("secrets", ())[:MOST_SECRETS]),
        }
        return JournalEntry(
            id=uuid.uuid4().hex,
            time=self._clock.now(),
            phase="intent",
            call=current_call(),
            **given,  # type: ignore[arg-type] # the facts of an intent, by their names
        )

    def _announced(self, entry: JournalEntry) -> JournalEntry:
        entry = _without_before(entry)
        self._remember(entry)
        self._history.note(entry.secrets)
        return entry

    def _unwritten(self, error: OSError) -> ClickPipesError:
        told = "The journal cannot be written, so nothing was sent."
        if isinstance(error, StoreUnavailable):
            return refuse_without_store(error, f"{told} Reading goes on.")
        return OperatorError(told, fix=self._remedy("writable", error))

    def _remedy(self, access: Access, error: OSError) -> str:
        return remedy_of(error, self._path, access, is_copy=self._shared is not None)

    def _ended(
        self, intent: JournalEntry, outcome: str, **facts: Unpack[OutcomeFacts]
    ) -> JournalEntry:
        entry = replace(
            intent,
            time=self._clock.now(),
            phase="outcome",
            outcome=outcome,
            clickpipe_id=facts.get("clickpipe_id") or intent.clickpipe_id,
            thing_id=facts.get("thing_id"),
            request_id=facts.get("request_id"),
            secrets=(),
            before=None,
        )
        self._remember(entry)
        return entry

    @staticmethod
    def _tell_lost(entry: JournalEntry, error: OSError) -> None:
        _logger.error("The outcome of %s could not be journaled: %s", entry.id, error.strerror)

    def entries(self) -> Iterator[JournalEntry]:
        """Everything recorded so far, oldest first; lines that cannot be read are set aside."""
        return map(_without_before, self.entries_with_before())

    def entries_with_before(self) -> Iterator[JournalEntry]:
        """The same, each intent with what was changed as it was: large, so keep few."""
        with self._open() as files:
            yield from self._tell(chain.from_iterable(files))

    def entries_about(self, *texts: str) -> Iterator[JournalEntry]:
        """What was recorded in lines that hold one of these texts; only they are parsed.

        Oldest first, and in whatever letters of ASCII the text is written.

        Raises:
            OperatorError: The journal cannot be read.
        """
        written = (json.dumps(text, ensure_ascii=False)[1:-1] for text in texts)
        marks = [text.encode(errors="replace").lower() for text in written]
        with self._open() as files:
            for line in chain.from_iterable(files):
                plain = line.lower()
                if any(mark in plain for mark in marks):
                    yield from map(_without_before, self._tell([line]))

    def recent(self) -> tuple[JournalEntry, ...]:
        """The last that is known of each recent write, whichever process made it."""
        last = self._last_lines()
        return tuple({**self._remembered, **last}.values())

    def age_s(self, entry: JournalEntry) -> float:
        """For how long an entry has been there, at least.

        The wall clock may have been set back since; what this process has itself seen of it
        then says more.
        """
        by_the_wall_s = (self._clock.now() - entry.time).total_seconds()
        now_s = self._clock.monotonic()
        return max(by_the_wall_s, now_s - self._seen.get(entry, now_s))

    def hosts_of(self, reference: str) -> frozenset[str]:
        """Every host that the secret of this reference went to, or was to go to, so far."""
        with self._open() as files:
            self._history.read_on(files)
        return self._history.hosts_of(reference)

    @property
    def is_kept(self) -> bool:
        """Whether there is a file."""
        return self._path is not None

    def tells_creation_of(self, thing_id: str) -> bool:
        """Whether a line says that a write made the pipe, or whatever it is, of this id.

        Raises:
            OperatorError: The journal cannot be read.
        """
        return any(
            entry.operation.startswith(CREATION)
            and entry.outcome == DONE
            and thing_id in (entry.clickpipe_id, entry.thing_id)
            for entry in self.entries_about(thing_id)
        )

    def names_of(self, pipe_id: str, within_s: float) -> tuple[str, ...]:
        """The names that a pipe had in writes of late, in the order in which they came up.

        Raises:
            OperatorError: The journal cannot be read.
        """
        names = (
            entry.name
            for entry in (*self.entries_about(pipe_id), *self._remembered.values())
            if entry.clickpipe_id == pipe_id and entry.name and self.age_s(entry) <= within_s
        )
        return tuple(dict.fromkeys(names))

    def complaint(self) -> str | None:
        """What a person has to know of the lines set aside since this was last asked."""
        news, self._told = len(self._set_aside) - self._told, len(self._set_aside)
        if news <= 0:
            return None
        lines = "A line" if news == 1 else f"{news} lines"
        return (
            f"{lines} of the journal, {self._path}, cannot be read. What was done there is unknown."
        )

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
        last = {
            id_: self._remembered.get(id_, entry) if entry.is_open else entry
            for id_, entry in self._recently_written().items()
        }
        now_s = self._clock.monotonic()
        known = (*self._remembered.values(), *last.values())
        self._seen = {entry: self._seen.get(entry, now_s) for entry in known}
        return last

    def _recently_written(self) -> dict[str, JournalEntry]:
        """What the last lines tell of each write; read anew where a file is not as it was."""
        with self._open() as files:
            stand = tuple(map(opened_signature, files))
            if stand != self._stand:
                entries = map(_without_before, self._tell(last_of_all(files, _RECENT_LINES)))
                self._written = {entry.id: entry for entry in entries}
                self._stand = stand
        return self._written

    def _remember(self, entry: JournalEntry) -> None:
        self._remembered.pop(entry.id, None)
        self._remembered[entry.id] = entry
        self._seen[entry] = self._clock.monotonic()
        if len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    @contextmanager
    def _open(self) -> Iterator[list[BinaryIO]]:
        """The files, oldest first; none where none is kept or written yet."""
        if self._lines is None:
            yield []
            return
        with ExitStack() as stack:
            try:
                files = stack.enter_context(self._lines.open())
            except OSError as error:
                raise OperatorError(
                    "The journal cannot be read.", fix=self._remedy("readable", error)
                ) from error
            yield files

    def _tell(self, lines: Iterable[bytes]) -> Iterator[JournalEntry]:
        """What lines tell, in their order."""
        for line in lines:
            entry = read_line(line)
            if entry:
                yield entry
            elif line.strip():
                self._put_aside(line)

    def _put_aside(self, line: bytes) -> None:
        mark = hashlib.sha256(line).digest()
        if mark not in self._set_aside and len(self._set_aside) < _REMEMBERED:
            self._set_aside.add(mark)
            _logger.warning("A line of %s cannot be read and is set aside", self._path)

    def _append(self, entry: JournalEntry, *, must_last: bool) -> None:
        if self._lines is not None:
            began_s = self._clock.monotonic()
            self._lines.append(entry.line, must_last=must_last)
            telemetry.record(telemetry.JOURNAL_WRITES, self._clock.monotonic() - began_s)


def _without_before(entry: JournalEntry) -> JournalEntry:
    """What is kept in memory; what was changed is large, and stays on disk."""
    return entry if entry.before is None else replace(entry, before=None)
