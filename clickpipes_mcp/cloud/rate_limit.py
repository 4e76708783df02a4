"""Keeps one API key under the API's request limit, first come, first served.

Who looks around gives way: while others wait, such callers take half of a window together.
"""

from collections import deque

import anyio

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import RateLimited

REQUESTS = 10
WINDOW_S = 10.0
"""Source: ClickHouse Cloud API overview, 10 requests in 10 seconds for each key."""

MOST_WAIT_S = 55.0
"""For one request. Hosts give up on a call after 60 s; whoever would wait longer is told so."""

_MARGIN_S = 0.5
"""Requests do not arrive as evenly as they leave."""

_GIVES_WAY_FOR_S = 0.25
"""After so long, who gives way looks again whether somebody still waits."""

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
        self._modest_sent: deque[float] = deque()
        self._modest_in_line = 0
        self._others_in_line = 0

    @property
    def is_full(self) -> bool:
        """Whether the next caller has to wait."""
        return self._line.locked() or self._wait_s() > 0

    async def acquire(self, *, gives_way: bool = False) -> float:
        """Wait for a turn, and say how many seconds that took.

        Raises:
            RateLimited: So many stand in line that the wait would be longer than hosts have.
        """
        started = self._clock.monotonic()
        if gives_way:
            await self._give_way()
        expected_s = self._expected_s()
        if expected_s > MOST_WAIT_S:
            raise _too_many(expected_s)
        self._modest_in_line += gives_way
        self._others_in_line += not gives_way
        try:
            # Whoever is first holds the lock while waiting; the lock wakes the others in order.
            async with self._line:
                while (wait_s := self._wait_s()) > 0:
                    await self._clock.sleep(max(wait_s, _SHORTEST_SLEEP_S))
                now = self._clock.monotonic()
                self._sent.append(now)
                if gives_way:
                    self._modest_sent.append(now)
        finally:
            self._modest_in_line -= gives_way
            self._others_in_line -= not gives_way
        return now - started

    async def _give_way(self) -> None:
        """Wait while those who give way would take more than half of what others wait for."""
        while self._modest_in_line >= self._requests // 2 or (
            self._others_in_line and self._modest >= self._requests // 2
        ):
            await self._clock.sleep(_GIVES_WAY_FOR_S)

    @property
    def _modest(self) -> int:
        """How many that give way are in line, or went in this window."""
        since = self._clock.monotonic() - self._window_s
        while self._modest_sent and self._modest_sent[0] <= since:
            self._modest_sent.popleft()
        return self._modest_in_line + len(self._modest_sent)

    def close_for(self, seconds: float) -> None:
        """Let nobody through for a while: the API said that the limit is used up."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _expected_s(self) -> float:
        """How long a caller who comes now would wait."""
        until_the_next_s = self._wait_s()
        in_line = self._line.statistics().tasks_waiting + self._line.locked()
        return until_the_next_s + in_line // self._requests * self._window_s

    def _wait_s(self) -> float:
        now = self._clock.monotonic()
        while self._sent and self._sent[0] + self._window_s <= now:
            self._sent.popleft()
        full_until = self._sent[0] + self._window_s if len(self._sent) >= self._requests else now
        return max(full_until, self._closed_until) - now


def _too_many(wait_s: float) -> RateLimited:
    return RateLimited(
        f"So many calls of this server wait for the API's request limit, {REQUESTS} in "
        f"{WINDOW_S:.0f} s, that this one would take {wait_s:.0f} s. It was not sent.",
        wait_s=wait_s,
        fix=f"Repeat the call unchanged in {wait_s:.0f} s, and make fewer calls at once.",
    )
