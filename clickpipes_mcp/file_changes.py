"""Whether a file that is read again is still the one that was read."""

from pathlib import Path


def signature(file: Path) -> object:
    """What changes when a file is written or replaced, or its mode is; None where it is not there.

    Two are compared, nothing else is done with them.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
