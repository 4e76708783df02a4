"""Lines of the log that anybody who connects can cause, however often they do."""

import logging
import time
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect
from typing_extensions import override

A_LINE_EVERY_S: Final = 60.0
_OF_STRANGERS: Final = (
    "uvicorn.",
    "asyncio.",
    "mcp.",
    "clickpipes_mcp.http.",
    "clickpipes_mcp.consent.passkey.",
)
"""How the names of loggers begin, each with a full stop at its end, that tell of strangers."""


def tell_once_a_minute() -> None:
    """Let no stranger fill the log, from now on."""
    for handler in logging.getLogger().handlers:
        # Ahead of the others, which take the exception out of a line.
        handler.filters.insert(0, RepeatedLines())


class RepeatedLines(logging.Filter):
    """Lets a line through once a minute, and tells with the next how many were left out.

    That somebody hung up is no news at all.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._told: dict[tuple[str, int, str], tuple[float, int]] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not f"{record.name}.".startswith(_OF_STRANGERS):
            return True
        kind = record.exc_info[0] if record.exc_info else None
        if kind is ClientDisconnect:
            return False
        line = (record.pathname, record.lineno, kind.__name__ if kind else "")
        now = self._now()
        told_at, left_out = self._told.get(line, (float("-inf"), 0))
        if now - told_at < A_LINE_EVERY_S:
            self._told[line] = (told_at, left_out + 1)
            return False
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more like it)"
            record.args = ()
        self._told[line] = (now, 0)
        return True
