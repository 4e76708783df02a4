"""The turns of one API key under the API's request limit, among all replicas."""

import hashlib
import logging
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.store.database import Database, StoreUnavailable

_TAKE: Final = "SELECT clickpipes_mcp.take_turn(%s, %s, %s, %s, %s)"
_CLOSE: Final = "SELECT clickpipes_mcp.close_turns(%s, %s)"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """`requests` in any `window_s`; a caller's share is kept for `remembered_s`."""

    requests: int
    window_s: float
    remembered_s: float


class StoredTurns:
    """Turns as one row knows them, by the store's own clock.

    When the store is gone, nobody is held: each replica then keeps to the limit by itself.
    """

    def __init__(self, database: Database, key: str, limit: Limit) -> None:
        """`key` is what the limit is counted for; only its digest reaches the store."""
        self._database = database
        self._key = _digest(key)
        self._limit = limit

    async def take(self, caller: str) -> float:
        """Take a turn for a caller, or say for how many seconds there is none."""
        limit = self._limit
        of = (self._key, _digest(caller), limit.requests, limit.window_s, limit.remembered_s)
        return await self._ask(_TAKE, of)

    async def close_for(self, seconds: float) -> None:
        """Let no replica's requests through for a while."""
        await self._ask(_CLOSE, (self._key, seconds))

    async def _ask(self, statement: str, values: tuple[str | float, ...]) -> float:
        try:
            async with self._database.connection() as connection:
                cursor = await connection.execute(statement.encode(), values)
                (held_s,) = await cursor.fetchone() or (0.0,)
        except StoreUnavailable:
            _logger.info("This replica keeps to the API's request limit by itself")
            return 0.0
        return float(held_s)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
