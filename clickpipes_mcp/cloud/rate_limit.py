"""Keeps one API key under the API's request limit, with a share for each of its callers.

Who looks around gives way: while others wait, such callers take half of a window together.
"""

from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import Protocol

import anyio

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import RateLimited

REQUESTS = 10
WINDOW_S = 10.0
"""Source: ClickHouse Cloud API overview, 10 requests in 10 seconds for each key."""

MOST_WAIT_S = 55.0
"""For one request. Hosts give up on a call after 60 s; whoever would wait longer is told so."""

MARGIN_S = 0.5
"""Requests do not arrive as evenly as they leave."""

REMEMBERED_S = 30.0
"""After its last request, how long a caller's share is kept free."""

_GIVES_WAY_FOR_S = 0.25
"""After so long, who gives way looks again whether somebody still waits."""

_SHORTEST_SLEEP_S = 0.001
"""Less may not move the clock at all, as floating-point numbers go."""


class SharedTurns(Protocol):
    """The turns of one API key among all replicas."""

    async def take(self, caller: str) -> float:
        """Take a turn for a caller, or say for how many seconds there is none; zero is a turn."""

    async def close_for(self, seconds: float) -> None:
        """Let no replica's requests through for a while."""

    async def settle(self) -> None:
        """Tell, once a request was sent, of a turn that came late."""


class RateLimiter:
    """Lets `requests` through in any `window_s` seconds; further callers wait in a line of theirs.

    Each of the callers who were there of late has a share of the window that nobody else takes: of
    who floods, only that caller's own calls wait. With `shared` turns, the same holds for all
    replicas together.
    """

    def __init__(
        self,
        clock: Clock,
        shared: SharedTurns | None = None,
        *,
        requests: int = REQUESTS,
        window_s: float = WINDOW_S + MARGIN_S,
    ) -> None:
        self._clock = clock
        self._shared = shared
        self._held_until: dict[str, float] = {}
        self._asking = anyio.Lock()
        self._requests = requests
        self._window_s = window_s
        self._sent: deque[tuple[float, str]] = deque()
        self._seen_s: dict[str, float] = {}
        self._closed_until = float("-inf")
        self._lines: dict[str, anyio.Lock] = {}
        self._first: dict[str, None] = {}
        self._modest_sent: deque[float] = deque()
        self._modest_in_line = 0
        self._others_in_line = 0

    def is_full(self, caller: str = "") -> bool:
        """Whether the next call of this caller has to wait."""
        return caller in self._lines or self._wait_s(caller) > 0

    async def acquire(self, caller: str = "", *, gives_way: bool = False) -> float:
        """Wait for a turn, and say how many seconds that took.

        Raises:
            RateLimited: So many stand in line that the wait would be longer than hosts have.
        """
        started = self._clock.monotonic()
        if gives_way:
            await self._give_way()
        self._seen_s[caller] = self._clock.monotonic()
        expected_s = self._expected_s(caller)
        if expected_s > MOST_WAIT_S:
            raise _too_many(expected_s)
        self._modest_in_line += gives_way
        self._others_in_line += not gives_way
        try:
            async with self._first_in_line(caller):
                await self._wait_for_turn(caller, started)
                now = self._clock.monotonic()
                self._sent.append((now, caller))
                if gives_way:
                    self._modest_sent.append(now)
        finally:
            self._modest_in_line -= gives_way
            self._others_in_line -= not gives_way
        return now - started

    async def _wait_for_turn(self, caller: str, started: float) -> None:
        """Wait until this process and all replicas together have room for this caller."""
        while True:
            while (wait_s := self._wait_s(caller)) > 0:
                await self._clock.sleep(max(wait_s, _SHORTEST_SLEEP_S))
            if self._shared is None:
                return
            async with self._asking:  # one at a time, in order
                if self._wait_s(caller) <= 0 and await self._has_turn(self._shared, caller):
                    return
            expected_s = self._held_until.get(caller, started) - started
            if expected_s > MOST_WAIT_S:
                raise _too_many(expected_s)

    async def _has_turn(self, shared: SharedTurns, caller: str) -> bool:
        """Whether all replicas together have room now; how long there is none is noted."""
        held_s = await shared.take(caller)
        if held_s > 0:
            self._held_until[caller] = self._clock.monotonic() + held_s
        return held_s <= 0

    @asynccontextmanager
    async def _first_in_line(self, caller: str) -> AsyncIterator[None]:
        """Whoever is first holds the lock while waiting; the lock wakes the others in order."""
        line = self._lines.setdefault(caller, anyio.Lock())
        try:
            async with line:
                self._first[caller] = None
                try:
                    yield
                finally:
                    del self._first[caller]
        finally:
            if not line.locked() and not line.statistics().tasks_waiting:
                self._lines.pop(caller, None)

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

    async def close_for(self, seconds: float) -> None:
        """Let nobody through for a while: the API said that the limit is used up."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)
        if self._shared is not None:
            await self._shared.close_for(seconds)

    async def settle(self) -> None:
        """Call this once a request was sent: a turn that came late counts from then on."""
        if self._shared is not None:
            await self._shared.settle()

    def _expected_s(self, caller: str) -> float:
        """How long a caller who comes now would wait."""
        line = self._lines.get(caller)
        in_line = line.statistics().tasks_waiting + line.locked() if line else 0
        in_a_window = self._share() if self._others(caller) else self._requests
        return self._wait_s(caller) + in_line // in_a_window * self._window_s

    def _wait_s(self, caller: str) -> float:
        """Seconds until it may be this caller's turn; zero or less when it is."""
        now = self._clock.monotonic()
        while self._sent and self._sent[0][0] + self._window_s <= now:
            self._sent.popleft()
        if self._closed_until > now:
            return self._closed_until - now
        if self._held_until.get(caller, now) > now:
            return self._held_until[caller] - now
        if self._may_go(caller):
            return _SHORTEST_SLEEP_S if self._shared is None and self._is_late(caller) else 0.0
        return self._sent[0][0] + self._window_s - now

    def _is_late(self, caller: str) -> bool:
        """Whether another, who may go as well, has been first in line for longer."""
        longer = takewhile(lambda first: first != caller, self._first)
        return any(self._may_go(other) for other in longer)

    def _may_go(self, caller: str) -> bool:
        """Whether there is room that is this caller's, or that is kept for nobody."""
        sent = Counter(who for _, who in self._sent)
        free, share = self._requests - len(self._sent), self._share()
        if free <= 0 or sent[caller] < share:
            return free > 0
        return free > sum(max(share - sent[other], 0) for other in self._others(caller))

    def _share(self) -> int:
        return max(self._requests // max(len(self._seen_s), 1), 1)

    def _others(self, caller: str) -> set[str]:
        """Who else was there of late."""
        since = self._clock.monotonic() - REMEMBERED_S
        gone = [who for who, at in self._seen_s.items() if at < since and who not in self._lines]
        for who in gone:
            del self._seen_s[who]
            self._held_until.pop(who, None)
        return self._seen_s.keys() - {caller}


def _too_many(wait_s: float) -> RateLimited:
    return RateLimited(
        f"So many calls of this server wait for the API's request limit, {REQUESTS} in "
        f"{WINDOW_S:.0f} s, that this one would take {wait_s:.0f} s. It was not sent.",
        wait_s=wait_s,
        fix=f"Repeat the call unchanged in {wait_s:.0f} s, and make fewer calls at once.",
    )
