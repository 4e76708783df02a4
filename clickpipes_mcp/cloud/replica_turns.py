"""The turns of one replica: of all there are while the store answers, a share of them while not.

Replicas that lost the store do not know of each other. Each first waits until what any of them
sent before is over, and then keeps to its share; when the store is back it learns of that. So no
window holds more than the limit, though the store is restarted. Where only some of the replicas
lost it, their shares come on top of it.
"""

import contextlib
import logging
from typing import Final

import anyio

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.store import StoredTurns, StoreUnavailable, Turn

LATE_S: Final = 0.5
"""A turn that took longer to get is counted anew once it was used: the request left later."""

_LOOKS_AGAIN_S: Final = 1.0
_LOST_FOR_S: Final = 8.0
"""Without a look for longer, the store may have been back meanwhile."""

_logger = logging.getLogger(__name__)


class ReplicaTurns:
    """Turns of the API key that this replica and others use."""

    def __init__(self, clock: Clock, stored: StoredTurns) -> None:
        self._clock = clock
        self._stored = stored
        self._replicas = stored.limit.requests  # until the store told
        self._lost_at: float | None = None
        self._looked_at = float("-inf")
        self._late: list[Turn] = []
        self._spent: list[float] = []

    async def take(self, caller: str) -> float:
        """Take a turn for a caller, or say for how many seconds there is none; zero is a turn."""
        asked_at = self._clock.monotonic()
        spent_s = [asked_at - at for at in self._spent]
        try:
            turn = await self._stored.take(caller, spent_s)
        except StoreUnavailable:
            return self._without_the_store()
        self._lost_at, self._replicas = None, turn.replicas
        self._spent.clear()
        late_s = self._clock.monotonic() - asked_at
        if turn.held_s <= 0 and late_s > self._stored.limit.window_s / 2:
            return _LOOKS_AGAIN_S  # it may be over before anybody can be told of its use
        if turn.held_s <= 0 and late_s > LATE_S:
            self._late.append(turn)
        return max(turn.held_s, 0.0)

    async def settle(self) -> None:
        """Have turns that came late be counted from now on, once a request was sent in them."""
        late, self._late = self._late, []
        if late:
            # Also of a call that is cancelled: its request may have left.
            with contextlib.suppress(StoreUnavailable), anyio.CancelScope(shield=True):
                for turn in late:
                    await self._stored.renew(turn)

    async def close_for(self, seconds: float) -> None:
        """Let no replica's requests through for a while, as far as the store answers."""
        with contextlib.suppress(StoreUnavailable):
            await self._stored.close_for(seconds)

    def _without_the_store(self) -> float:
        now, limit = self._clock.monotonic(), self._stored.limit
        if self._lost_at is None or now - self._looked_at > _LOST_FOR_S:
            self._lost_at = now
            _logger.info("This replica keeps to the API's request limit by itself")
        self._looked_at = now
        self._spent = [at for at in self._spent if at + limit.window_s > now]
        held_s = self._lost_at + limit.window_s - now
        if held_s <= 0 and len(self._spent) >= max(limit.requests // self._replicas, 1):
            held_s = self._spent[0] + limit.window_s - now
        if held_s <= 0:
            self._spent.append(now)
        return min(max(held_s, 0.0), _LOOKS_AGAIN_S)
