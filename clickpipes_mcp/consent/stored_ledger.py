"""What was agreed to and done, in the store, for every replica to see."""

from typing import Final

from clickpipes_mcp.consent.ledger import LedgerUnusable, digest_of
from clickpipes_mcp.store import Database, StoreUnavailable

_MEND: Final = "its store has to answer and to be set up (`clickpipes-mcp store check`)"


class StoredLedger:
    """The key of all replicas, and what they have used: rows that only one of them can make."""

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    def key(self) -> bytes:
        """The key that the operator gave to every replica."""
        return self._key.encode()

    async def use(self, answer: str) -> bool:
        """Enter that an answer was used; False where it was before, by whichever replica.

        Raises:
            LedgerUnusable: It cannot be entered.
        """
        return await self._enter(
            "INSERT INTO clickpipes_mcp.used_answers (digest) VALUES (%s) ON CONFLICT DO NOTHING",
            digest_of(answer),
        )

    async def note_done(self, subject: str, occasion: int) -> bool:
        """Enter that something is done for the time of this number; False where it was before.

        Raises:
            LedgerUnusable: It cannot be entered.
        """
        return await self._enter(
            "INSERT INTO clickpipes_mcp.confirmed_acts (subject, occasion) VALUES (%s, %s) "
            "ON CONFLICT DO NOTHING",
            digest_of(subject),
            occasion,
        )

    async def occasion(self, subject: str) -> int:
        """How often something was done before, as far as entries are kept.

        Raises:
            LedgerUnusable: It cannot be read.
        """
        try:
            async with self._database.connection() as connection:
                cursor = await connection.execute(
                    "SELECT coalesce(max(occasion) + 1, 0) FROM clickpipes_mcp.confirmed_acts "
                    "WHERE subject = %s",
                    (digest_of(subject),),
                )
                (occasion,) = await cursor.fetchone() or (0,)
        except StoreUnavailable as error:
            raise _unusable(error) from error
        return int(occasion)

    async def _enter(self, statement: str, *values: str | int) -> bool:
        try:
            async with self._database.connection() as connection:
                cursor = await connection.execute(statement.encode(), values)
                return cursor.rowcount == 1
        except StoreUnavailable as error:
            raise _unusable(error) from error


def _unusable(error: StoreUnavailable) -> LedgerUnusable:
    return LedgerUnusable(error.strerror or "", _MEND, store=error)
