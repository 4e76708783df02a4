"""Which names any replica has seen on each pipe."""

from collections.abc import Sequence
from typing import Final

from clickpipes_mcp.store.database import Database

_NOTE: Final = (
    "INSERT INTO clickpipes_mcp.seen_names (pipe_id, name) "
    "SELECT DISTINCT * FROM unnest(%s::text[], %s::text[]) ORDER BY 1, 2 "
    "ON CONFLICT (pipe_id, name) DO UPDATE SET seen_at = now()"
)
"""In one order: replicas that enter the same lists at one time would wait for each other."""

_OF_ONE: Final = (
    "SELECT name, extract(epoch FROM now() - seen_at) FROM clickpipes_mcp.seen_names "
    "WHERE pipe_id = %s ORDER BY first_seen_at, name"
)


class StoredNames:
    """The names of pipes as all replicas saw them. Everything here raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, seen: Sequence[tuple[str, str]]) -> None:
        """Note ids of pipes with the names that were seen on them just now."""
        ids, names = [id_ for id_, _ in seen], [name for _, name in seen]
        async with self._database.connection() as connection:
            await connection.execute(_NOTE.encode(), (ids, names))

    async def of(self, pipe_id: str) -> list[tuple[str, float]]:
        """The names of a pipe as they came up, and for how many seconds each was not seen."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_OF_ONE.encode(), (pipe_id,))
            return [(str(name), float(ago_s)) for name, ago_s in await cursor.fetchall()]
