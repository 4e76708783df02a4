"""The turns of one API key under the API's request limit, among all replicas."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from clickpipes_mcp.store.database import Database

_TAKE: Final = (
    "SELECT wait_s, taken_at, known_replicas "
    "FROM clickpipes_mcp.take_turn_among_replicas(%s, %s, %s, %s::float8[], %s, %s, %s, %s)"
)
_RENEW: Final = "SELECT clickpipes_mcp.renew_turn(%s, %s)"
_CLOSE: Final = "SELECT clickpipes_mcp.close_turns(%s, %s)"
_REPLICAS_REMEMBERED_S: Final = 600.0
"""After its last turn, how long a replica is one of those who share."""


@dataclass(frozen=True)
class Limit:
    """`requests` in any `window_s`; a caller's share is kept for `remembered_s`."""

    requests: int
    window_s: float
    remembered_s: float


@dataclass(frozen=True)
class Turn:
    """What the store said of one: it is had where `held_s` is zero or less.

    `taken_at` is in seconds of the store's own clock, by which the turn is known; `replicas` is
    how many took one of late.
    """

    held_s: float
    taken_at: float
    replicas: int


class StoredTurns:
    """Turns as one row knows them, by the store's own clock.

    Everything here raises StoreUnavailable where the store does not answer.
    """

    def __init__(self, database: Database, key: str, limit: Limit) -> None:
        """`key` is what the limit is counted for; only its digest reaches the store."""
        self.limit = limit
        self._database = database
        self._key = _digest(key)
        self._replica = uuid.uuid4().hex

    async def take(self, caller: str, spent_s: Sequence[float] = ()) -> Turn:
        """Take a turn for a caller, or learn for how many seconds there is none.

        `spent_s` is how many seconds ago this replica took turns that the store knows nothing of.
        """
        limit = self.limit
        held_s, taken_at, replicas = await self._ask(
            _TAKE, _digest(caller), self._replica, list(spent_s), limit.requests, limit.window_s,
            limit.remembered_s, _REPLICAS_REMEMBERED_S,
        )  # fmt: skip
        return Turn(float(held_s), float(taken_at or 0), int(replicas))

    async def renew(self, turn: Turn) -> None:
        """Have it counted from now on, unless it is over."""
        await self._ask(_RENEW, turn.taken_at)

    async def close_for(self, seconds: float) -> None:
        """Let no replica's requests through for a while."""
        await self._ask(_CLOSE, seconds)

    async def _ask(self, statement: str, *values: object) -> tuple[Any, ...]:
        async with self._database.connection() as connection:
            cursor = await connection.execute(statement.encode(), (self._key, *values))
            return await cursor.fetchone() or ()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
