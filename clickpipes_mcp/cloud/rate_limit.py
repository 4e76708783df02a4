"""Keeps one API key under the API's request limit, first come, first served."""

from collections import deque

import anyio

from clickpipes_mcp.clock import Clock

REQUESTS = 10
WINDOW_S = 10.0
"""Source: ClickHouse Cloud API overview, 10 requests in 10 seconds for each key."""

_MARGIN_S = 0.5
"""Requests do not arrive as evenly as they leave."""

_SHORTEST_SLEEP_S = 0.001
"""Less may not move the clock at all, as floating-point numbers go."""


class RateLimiter:
    """Lets `requests` through in any `window_s` seconds; further callers wait in line."""

    def __init__(
        self, clock: Clock, *, requests: int = REQUESTS, window_s: float = WINDOW_S + _MARGIN_S
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._window_s = window_s
        self._sent: deque[float] = deque()
        self._closed_until = float("-inf")
        self._line = anyio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether the next caller has to wait."""
        return self._line.locked() or self._wait_s() > 0

    async def acquire(self) -> float:
        """Wait for a turn, and say how many seconds that took."""
        started = self._clock.monotonic()
        # Whoever is first holds the lock while waiting; the lock wakes the others in order.
        async with self._line:
            while (wait_s := self._wait_s()) > 0:
                await self._clock.sleep(max(wait_s, _SHORTEST_SLEEP_S))
            now = self._clock.monotonic()
            self._sent.append(now)
        return now - started

    def close_for(self, seconds: float) -> None:
        """Let nobody through for a while: the API said that the limit is used up."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _wait_s(self) -> float:
        now = self._clock.monotonic()
        while self._sent and self._sent[0] + self._window_s <= now:
            self._sent.popleft()
        full_until = self._sent[0] + self._window_s if len(self._sent) >= self._requests else now
        return max(full_until, self._closed_until) - now
