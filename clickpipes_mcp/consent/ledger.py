"""What was agreed to and done, kept in a directory of the user's own for every process to see.

A server that lives for one call would otherwise forget its question before the answer comes, and
could take one answer twice. Each entry is an empty file: making it is one step that only one
process can take, and that a killed process has either taken or not.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final, Protocol

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.file_lock import lock
from clickpipes_mcp.private_file import open_private
from clickpipes_mcp.store_refusals import StoreUnavailable

KEPT_S: Final = 86_400
"""Far longer than any question stays open."""

_KEY_BYTES: Final = 32
_NAME_DIGITS: Final = 32
_PRIVATE_DIRECTORY: Final = 0o700
_OTHERS: Final = 0o077


class LedgerUnusable(OSError):
    """What was used cannot be read or written; `mend` says what has to be so for it.

    `store` is why, where it is kept in the store.
    """

    def __init__(
        self,
        reason: str,
        mend: str = "its state directory must be theirs alone, and writable",
        place: str = "",
        store: StoreUnavailable | None = None,
    ) -> None:
        super().__init__(0, reason, place)
        self.store = store
        self.mend = mend


class Ledger(Protocol):
    """The key of all processes, and what they have used, each of it once."""

    def key(self) -> bytes:
        """The key that every process finds; the first one makes it.

        Raises:
            LedgerUnusable: It cannot be kept where nobody else reads and writes.
        """

    async def use(self, answer: str) -> bool:
        """Enter that an answer was used; False where it was before, by whichever process.

        Raises:
            LedgerUnusable: It cannot be entered.
        """

    async def note_done(self, subject: str, occasion: int) -> bool:
        """Enter that something is done for the time of this number; False where it was before.

        Raises:
            LedgerUnusable: It cannot be entered.
        """

    async def occasion(self, subject: str) -> int:
        """How often something was done before, as far as entries are kept.

        Raises:
            LedgerUnusable: It cannot be read.
        """


class LedgerFiles:
    """A ledger of one user's processes. Nothing is touched before it is needed."""

    def __init__(self, state_directory: Path, clock: Clock) -> None:
        self._directory = state_directory / "consent"
        self._clock = clock

    def key(self) -> bytes:
        """The key that every process of this user finds; the first one makes it.

        Raises:
            LedgerUnusable: It cannot be kept where only this user reads and writes.
        """
        try:
            self._prepare()
            guard = open_private(self._directory / "lock", os.O_RDWR | os.O_CREAT)
            try:
                lock(guard)
                return self._key()
            finally:
                os.close(guard)
        except OSError as error:
            raise self._unusable(error) from error

    async def use(self, answer: str) -> bool:
        return self._enter(f"used.{digest_of(answer)}")

    async def note_done(self, subject: str, occasion: int) -> bool:
        return self._enter(f"{digest_of(subject)}.{occasion}")

    async def occasion(self, subject: str) -> int:
        try:
            self._check()
            names = [one.name for one in self._directory.iterdir()]
        except OSError as error:
            raise self._unusable(error) from error
        start = f"{digest_of(subject)}."
        numbers = [name.removeprefix(start) for name in names if name.startswith(start)]
        return max((int(one) + 1 for one in numbers if one.isdecimal()), default=0)

    def _enter(self, name: str) -> bool:
        try:
            self._check()
            self._forget()
            descriptor = open_private(self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.close(descriptor)
            now = self._clock.now().timestamp()
            os.utime(self._directory / name, (now, now))
            self._flush()
        except FileExistsError:
            return False
        except OSError as error:
            raise self._unusable(error) from error
        return True

    def _unusable(self, error: OSError) -> LedgerUnusable:
        return LedgerUnusable(error.strerror or "it cannot be used", place=str(self._directory))

    def _prepare(self) -> None:
        self._directory.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        self._check()
        probe = self._directory / f"probe.{token_hex(8)}"
        os.close(open_private(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        probe.unlink()

    def _check(self) -> None:
        """Nobody else may take entries away, or put another directory here."""
        _check_private(os.lstat(self._directory), is_directory=True)

    def _key(self) -> bytes:
        file = self._directory / "key"
        with contextlib.suppress(FileNotFoundError):
            descriptor = open_private(file, os.O_RDONLY)
            try:
                _check_private(os.fstat(descriptor), is_directory=False)
                found = os.read(descriptor, _KEY_BYTES + 1)
            finally:
                os.close(descriptor)
            if len(found) == _KEY_BYTES:
                return found
        made, beside = token_bytes(_KEY_BYTES), self._directory / f"key.{token_hex(8)}"
        descriptor = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(made)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
        self._flush()
        return made

    def _forget(self) -> None:
        """Remove what no question can be older than."""
        oldest = self._clock.now().timestamp() - KEPT_S
        for entry in self._directory.iterdir():
            if entry.name in ("key", "lock"):
                continue
            with contextlib.suppress(FileNotFoundError):
                if entry.lstat().st_mtime < oldest:
                    entry.unlink()

    def _flush(self) -> None:
        """Let the entry outlive a machine that loses its power."""
        if os.name == "nt":
            return
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest_of(entry: str) -> str:
    """What stands for an answer or a subject in the entries."""
    octets = entry.encode("utf-8", "surrogatepass")
    return hashlib.sha256(octets).hexdigest()[:_NAME_DIGITS]


def _check_private(found: os.stat_result, *, is_directory: bool) -> None:
    is_kind = (stat.S_ISDIR if is_directory else stat.S_ISREG)(found.st_mode)
    is_ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    is_closed = os.name == "nt" or not found.st_mode & _OTHERS
    if not (is_kind and is_ours and is_closed):
        raise LedgerUnusable("it is open to others than this user")
