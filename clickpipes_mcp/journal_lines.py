"""The lines of the journal in their files: the one that is written, and those it was rotated into.

Whoever appends, rotates or opens the files holds the lock of the one that is written. So the lines
of several processes stand in one order, and each can say which came before it.
"""

import contextlib
import errno
import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from clickpipes_mcp.file_lock import lock, unlock
from clickpipes_mcp.journal_chain import digest_of_line
from clickpipes_mcp.private_file import PRIVATE, open_private

MEGABYTE: Final = 1024 * 1024
_PRIVATE_DIRECTORY: Final = 0o700
_BLOCK_BYTES: Final = 8 * 1024
_TRIES: Final = 100
"""As often as other processes may rotate the file between opening and locking it."""

_logger = logging.getLogger(__name__)


class JournalLines:
    """Lines that are appended to and never changed."""

    def __init__(self, path: Path, most_bytes: int, kept: int) -> None:
        """`most_bytes` is the size at which a file is rotated, 0 never; `kept` how many stay."""
        self.path = path
        self._most_bytes = most_bytes
        self._kept = kept

    def append(self, line_after: Callable[[str], str], *, must_last: bool) -> None:
        """Write a line, which is told the digest of the one before.

        Raises:
            OSError: It is not written, or not whole.
        """
        self.path.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        descriptor = self._open_to_write()
        try:
            with contextlib.suppress(AttributeError, OSError):  # Windows; a file system without
                os.fchmod(descriptor, PRIVATE)
            last = self._last_line(descriptor)
            before = "\n" if last and not last.endswith(b"\n") else ""
            if not last:
                last = self._last_rotated_line()
            written = line_after(digest_of_line(last) if last else "")
            octets = f"{before}{written}\n".encode()
            if os.write(descriptor, octets) != len(octets):
                raise OSError(errno.ENOSPC, "the disk is full")
            if must_last:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def open(self) -> Iterator[list[BinaryIO]]:
        """All files there are, oldest first, as they stood at one moment. Their names are paths.

        Raises:
            OSError: One of them cannot be opened.
        """
        with ExitStack() as stack:
            yield [stack.enter_context(file) for file in self._opened()]

    def _opened(self) -> list[BinaryIO]:
        current = self._open_locked(os.O_RDONLY, shared=True)
        opened: list[BinaryIO] = [] if current is None else [_named(self.path, current)]
        try:
            for number in range(1, self._kept + 1):
                try:
                    path = self.rotated(number)
                    descriptor = open_private(path, os.O_RDONLY)
                except FileNotFoundError:
                    break
                opened.append(_named(path, descriptor))
        except OSError:
            for file in opened:
                file.close()
            raise
        if current is not None:
            unlock(current)  # whoever reads may take their time
        return opened[::-1]

    def rotated(self, number: int) -> Path:
        """A file that is no longer written; 1 is the latest."""
        return self.path.with_name(f"{self.path.name}.{number}")

    def _open_to_write(self) -> int:
        for _ in range(_TRIES):
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
            descriptor = self._open_locked(flags)
            if descriptor is None:
                continue
            is_full = 0 < self._most_bytes <= os.fstat(descriptor).st_size
            if not (is_full and self._rotate()):
                return descriptor
            os.close(descriptor)
        raise OSError(errno.EAGAIN, "other processes rotate it again and again")

    def _open_locked(self, flags: int, *, shared: bool = False) -> int | None:
        """The file at the path, locked; None where there is none."""
        for _ in range(_TRIES):
            try:
                descriptor = open_private(self.path, flags)
            except FileNotFoundError:
                return None
            try:
                lock(descriptor, shared=shared)
                if self._is_at_path(descriptor):
                    return descriptor
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)  # rotated, or put away, while the lock was waited for
        raise OSError(errno.EAGAIN, "other processes rotate it again and again")

    def _is_at_path(self, descriptor: int) -> bool:
        try:
            at_path = self.path.lstat()
        except FileNotFoundError:
            return False
        found = os.fstat(descriptor)
        return (found.st_dev, found.st_ino) == (at_path.st_dev, at_path.st_ino)

    def _rotate(self) -> bool:
        """Put the full file aside, the oldest one away. A file that cannot be moved goes on."""
        try:
            for number in range(self._kept - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    self.rotated(number).replace(self.rotated(number + 1))
            self.path.replace(self.rotated(1))
            beyond = self._kept + 1
            while self.rotated(beyond).is_file():  # more were kept once
                self.rotated(beyond).unlink()
                beyond += 1
        except OSError as error:
            _logger.warning("%s cannot be rotated and goes on: %s", self.path, error.strerror)
            return False
        return True

    @staticmethod
    def _last_line(descriptor: int) -> bytes:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return next(iter(last_lines(file, 1)), b"")

    def _last_rotated_line(self) -> bytes:
        try:
            descriptor = open_private(self.rotated(1), os.O_RDONLY)
        except OSError:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            return next(iter(last_lines(file, 1)), b"")


def _named(path: Path, descriptor: int) -> BinaryIO:
    """The open file, which knows where it was found."""
    return open(path, "rb", opener=lambda *_: descriptor)  # pathlib has no opener


def last_lines(file: BinaryIO, most: int) -> list[bytes]:
    """The last lines that are not blank, oldest first."""
    position = file.seek(0, os.SEEK_END)
    tail = b""
    while True:
        lines = io.BytesIO(tail).readlines()
        whole = [line for line in lines[0 if position == 0 else 1 :] if line.strip()]
        if position == 0 or len(whole) >= most:
            return whole[-most:]
        step = min(max(_BLOCK_BYTES, len(tail)), position)
        position -= step
        file.seek(position)
        tail = file.read(step) + tail


def last_of_all(files: Sequence[BinaryIO], most: int) -> list[bytes]:
    """The last lines of several files together, oldest first as the files are."""
    found: list[bytes] = []
    for file in reversed(files):
        if len(found) < most:
            found = [*last_lines(file, most - len(found)), *found]
    return found
