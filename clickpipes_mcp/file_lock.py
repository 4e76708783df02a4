"""A lock on an open file, among all processes of this machine that ask for it."""

import contextlib
import errno
import sys
import time
from typing import Final

LONGEST_WAIT_S: Final = 2.0
"""Whoever holds it writes a line; one that takes longer has been stopped in the middle."""

_LOOKS_EVERY_S: Final = 0.002
_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES})


def lock(descriptor: int, *, shared: bool = False) -> None:
    """Take the lock, which is given back when the file is closed, or `unlock` is called.

    A file system that knows no locks, and Windows, give none: there only the order in which a file
    is appended to is left.

    Raises:
        OSError: Somebody else has held it for too long.
    """
    until = time.monotonic() + LONGEST_WAIT_S
    while not take(descriptor, shared=shared):
        if time.monotonic() > until:
            raise OSError(errno.EAGAIN, "another process holds its lock")
        time.sleep(_LOOKS_EVERY_S)


def take(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock at once; False where somebody else has it."""
    if sys.platform == "win32":
        return True
    import fcntl  # not on Windows

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _TAKEN
    return True


def unlock(descriptor: int) -> None:
    """Give the lock back, and go on with the file."""
    if sys.platform == "win32":
        return
    import fcntl  # not on Windows

    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
