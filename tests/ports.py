"""Ports that are chosen now and bound later, by another program or another thread."""

import os
import tempfile
from contextlib import closing
from pathlib import Path
from socket import create_server
from typing import Final

from clickpipes_mcp.file_lock import take

_FIRST, _LAST = 20_000, 32_000
"""Below those that a system gives to whoever names none: Linux from 32768, others from 49152."""

_LOCKS: Final = Path(tempfile.gettempdir()) / "clickpipes-mcp-ports"
_STEP: Final = 101
"""Processes that start at one time, and so have numbers side by side, begin that far apart."""


def free_port() -> int:
    """A port that nobody listens on, and that no other test is given while this process runs."""
    _LOCKS.mkdir(exist_ok=True)
    count = _LAST - _FIRST
    for tried in range(count):
        port = _FIRST + (os.getpid() * _STEP + tried) % count
        # The lock is given back with the process.
        lock = os.open(_LOCKS / str(port), os.O_CREAT | os.O_RDWR, 0o600)
        if take(lock) and _is_free(port):
            return port
        os.close(lock)
    raise AssertionError("every port is taken")


def _is_free(port: int) -> bool:
    try:
        with closing(create_server(("127.0.0.1", port))):
            return True
    except OSError:
        return False
