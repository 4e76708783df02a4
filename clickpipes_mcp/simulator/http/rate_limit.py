"""The published limit: ten requests in ten seconds for one key."""

from collections import deque
from typing import Final

LIMIT: Final = 10
WINDOW_S: Final = 10.0


class RateLimit:
    """A sliding window for every key, in real time."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def wait_s(self, key: str, now: float) -> float:
        """Count a request, or answer how long to wait before the next is welcome."""
        seen = self._seen.setdefault(key, deque())
        while seen and now - seen[0] >= WINDOW_S:
            seen.popleft()
        if len(seen) >= LIMIT:
            return WINDOW_S - (now - seen[0])
        seen.append(now)
        return 0.0
