"""The turns of one replica: of all there are while the store answers, a share of them while not.

Replicas that lost the store do not know of each other. Each first waits until what any of them
sent before is over, and then keeps to its share; when the store is back it learns of that. So no
window holds more than the limit, though the store is restarted. Where only some of the replicas
lost it, their shares come on top of it.
"""

import contextlib
import logging
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.store import StoredTurns, StoreUnavailable, Turn

LATE_S: Final = 0.5
"""A turn that took longer to get is counted anew: requests leave when they are told to."""

_LOOKS_AGAIN_S: Final = 1.0
_MOST_RENEWALS: Final = 2
"""Of a store that answers slowly; all replicas are late alike then."""

_logger = logging.getLogger(__name__)


class ReplicaTurns:
    """Turns of the API key that this replica and others use."""

    def __init__(self, clock: Clock, stored: StoredTurns) -> None:
        self._clock = clock
        self._stored = stored
        self._replicas = stored.limit.requests  # until the store told
        self._lost_at: float | None = None
        self._spent: list[float] = []

    async def take(self, caller: str) -> float:
        """Take a turn for a caller, or say for how many seconds there is none; zero is a turn."""
        while True:
            asked_at = self._clock.monotonic()
            spent_s = [asked_at - at for at in self._spent]
            try:
                turn = await self._stored.take(caller, spent_s)
            except StoreUnavailable:
                return self._without_the_store()
            self._lost_at, self._replicas = None, turn.replicas
            self._spent.clear()
            if turn.held_s > 0:
                return turn.held_s
            if await self._is_in_time(turn, asked_at):
                return 0.0

    async def close_for(self, seconds: float) -> None:
        """Let no replica's requests through for a while, as far as the store answers."""
        with contextlib.suppress(StoreUnavailable):
            await self._stored.close_for(seconds)

    async def _is_in_time(self, turn: Turn, asked_at: float) -> bool:
        """Whether the turn counts still; it counts from now on where it took long to get."""
        for _ in range(_MOST_RENEWALS):
            if self._clock.monotonic() - asked_at < LATE_S:
                break
            asked_at = self._clock.monotonic()
            try:
                renewed = await self._stored.renew(turn)
            except StoreUnavailable:
                break
            if renewed is None:
                return False
            turn = renewed
        return True

    def _without_the_store(self) -> float:
        now, limit = self._clock.monotonic(), self._stored.limit
        if self._lost_at is None:
            self._lost_at = now
            _logger.info("This replica keeps to the API's request limit by itself")
        self._spent = [at for at in self._spent if at + limit.window_s > now]
        held_s = self._lost_at + limit.window_s - now
        if held_s <= 0 and len(self._spent) >= max(limit.requests // self._replicas, 1):
            held_s = self._spent[0] + limit.window_s - now
        if held_s <= 0:
            self._spent.append(now)
        return min(max(held_s, 0.0), _LOOKS_AGAIN_S)
