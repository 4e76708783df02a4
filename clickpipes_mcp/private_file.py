"""Opening a regular file of this user, and nothing else that may stand at its path.

Opening a device can already do something, a pipe waits for its other end, and changing the
permissions of what a link or a second name leads to changes another file.
"""

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
_CAUTIOUS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NotAPrivateFile(OSError):
    """Something else stands at this path than a regular file of this user."""


def open_private(path: Path, flags: int) -> int:
    """A descriptor of the file, which is made where `flags` say so.

    Raises:
        NotAPrivateFile: A link, device, pipe or directory stands there, a file with a second
            name, or one of another user. Windows tells no users apart.
        OSError: It cannot be opened.
    """
    with contextlib.suppress(FileNotFoundError):
        _check(os.lstat(path), path)
    descriptor = os.open(path, flags | _CAUTIOUS, PRIVATE)
    try:
        _check(os.fstat(descriptor), path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def is_private(path: Path) -> bool:
    """Whether such a file stands at this path."""
    try:
        _check(os.lstat(path), path)
    except OSError:
        return False
    return True


def can_be_written(path: Path) -> bool:
    """Whether a file can be written, or made together with its directories."""
    nearest = path
    try:
        while not nearest.exists():
            if nearest.is_symlink():
                return False
            nearest = nearest.parent
        is_right = is_private(path) if nearest == path else nearest.is_dir()
        return is_right and os.access(nearest, os.W_OK)
    except OSError:  # a directory on the way cannot be searched
        return False


def _check(found: os.stat_result, path: Path) -> None:
    is_ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and is_ours):
        raise NotAPrivateFile(errno.EPERM, "no regular file of this user", str(path))
