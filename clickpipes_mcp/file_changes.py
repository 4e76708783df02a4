"""Whether a file that is read again is still the one that was read."""

import os
from pathlib import Path
from typing import BinaryIO


def signature(file: Path) -> object:
    """What changes when a file is written or replaced, or its mode is; None where it is not there.

    Two are compared, nothing else is done with them.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    return _marks(found)


def opened_signature(file: BinaryIO) -> object:
    """The same of a file that is open."""
    return _marks(os.fstat(file.fileno()))


def _marks(found: os.stat_result) -> object:
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
