"""What persons are asked on pages and what they answer there, for any replica to find.

What a page tells, and every secret that was given, is sealed with the key of all replicas: the
store holds nothing that anybody could read in it. Each is sealed for the place where it stands: who
can write to the database and has no key can close a page, and cannot answer one.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from clickpipes_mcp.sealed_text import open_text, seal_text
from clickpipes_mcp.store.database import Database

OPEN: Final = "open"
"""How it stands with a page that nobody has answered."""

KEPT_S: Final = 3600.0
"""What persons gave."""

_PAGE: Final = (
    "SELECT id, subject, content, standing FROM clickpipes_mcp.pages WHERE expires_at > now() AND "
)
_NEWEST_OF_CALL: Final = "binding = %s AND NOT is_used ORDER BY expires_at DESC, id LIMIT 1"
_CLOSE: Final = (
    "UPDATE clickpipes_mcp.pages SET standing = %s, is_used = true "
    "WHERE subject = %s AND NOT is_used"
)
_ENTER: Final = (
    "INSERT INTO clickpipes_mcp.pages (id, binding, subject, content, standing, expires_at) "
    "VALUES (%s, %s, %s, %s, %s, to_timestamp(%s))"
)
_ANSWER: Final = (
    "UPDATE clickpipes_mcp.pages SET standing = %s "
    "WHERE id = %s AND standing = %s AND NOT is_used AND expires_at > now()"
)
_USE: Final = (
    "UPDATE clickpipes_mcp.pages SET is_used = true "
    "WHERE id = %s AND standing <> %s AND NOT is_used"
)
_DISCARD: Final = "UPDATE clickpipes_mcp.pages SET is_used = true WHERE id = %s"
_KEEP: Final = (
    "INSERT INTO clickpipes_mcp.asked_secrets (id, content, expires_at) "
    "VALUES (%s, %s, now() + make_interval(secs => %s)) ON CONFLICT (id) DO UPDATE "
    "SET content = excluded.content, expires_at = excluded.expires_at"
)
_FORGET: Final = "DELETE FROM clickpipes_mcp.asked_secrets WHERE expires_at <= now()"
_FIND_KEPT: Final = (
    "SELECT content FROM clickpipes_mcp.asked_secrets WHERE id = %s AND expires_at > now()"
)
_REPLACE: Final = (
    "UPDATE clickpipes_mcp.asked_secrets SET content = %s WHERE id = %s AND content = %s"
)


@dataclass(frozen=True)
class StoredPage:
    """A page as it was entered, and how it stands with it now."""

    content: str
    standing: str


@dataclass(frozen=True)
class KeptSecret:
    """What is kept of a secret that was given, and the sealed line by which it is known."""

    content: str
    line: str


class StoredPages:
    """The pages of all replicas. Everything here raises StoreUnavailable.

    A page is answered once and its answer used once, whoever comes first. `id` is what its link
    holds, `binding` is the same for the same call, `subject` for pages of which only the newest
    counts.
    """

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    async def enter(
        self, page_id: str, binding: str, content: str, expires_at: int, *, subject: str, past: str
    ) -> None:
        """Enter a page that is open; others of its subject stand as `past` says from then on.

        `expires_at` is in seconds since the epoch. Without a subject nothing else is closed.
        """
        values = (
            self._digest(page_id), self._digest(binding), self._digest(subject) if subject else "",
            self._sealed(self._digest(page_id), content), OPEN, expires_at,
        )  # fmt: skip
        async with self._database.connection() as connection:
            if subject:
                closed = (self._sealed(self._digest(subject), past), self._digest(subject))
                await connection.execute(_CLOSE.encode(), closed)
            await connection.execute(_ENTER.encode(), values)

    async def of_call(self, binding: str) -> StoredPage | None:
        """The page of exactly this call whose answer nobody has used."""
        return self._page(await self._row(_PAGE + _NEWEST_OF_CALL, self._digest(binding)))

    async def find(self, page_id: str) -> StoredPage | None:
        """The page behind a link, until it expires."""
        return self._page(await self._row(_PAGE + "id = %s", self._digest(page_id)))

    async def answer(
        self, page_id: str, standing: str, secrets: Mapping[str, str] | None = None
    ) -> bool:
        """Note the answer; False where there was one before, or the page is over.

        The contents of `secrets` are kept for `KEPT_S` with it, or not at all.
        """
        async with self._database.connection() as connection:
            id_ = self._digest(page_id)
            values = (self._sealed(id_, standing), id_, OPEN)
            if (await connection.execute(_ANSWER.encode(), values)).rowcount != 1:
                return False
            if secrets:
                await connection.execute(_FORGET.encode())
            for name, content in (secrets or {}).items():
                await connection.execute(_KEEP.encode(), self._kept(name, content, KEPT_S))
        return True

    async def use(self, page_id: str) -> bool:
        """Use the answer up; False where there is none, or another call has used it."""
        return await self._changes(_USE, self._digest(page_id), OPEN)

    async def discard(self, page_id: str) -> None:
        """Have a page be that of no call any more."""
        await self._changes(_DISCARD, self._digest(page_id))

    async def secret(self, name: str) -> KeptSecret | None:
        """What is kept under a name; None where nothing is."""
        row = await self._row(_FIND_KEPT, self._digest(name))
        content = None if row is None else self._opened(self._digest(name), row[0])
        return None if row is None or content is None else KeptSecret(content, row[0])

    async def put_in_place_of(self, seen: KeptSecret, name: str, content: str) -> bool:
        """Keep something else under a name for as long; False where it is no more what was seen."""
        id_ = self._digest(name)
        return await self._changes(_REPLACE, self._sealed(id_, content), id_, seen.line)

    def _digest(self, text: str) -> str:
        """What stands for it, so that nobody without the key can tell whether a guess is right."""
        return hmac.new(
            self._key.encode(), text.encode("utf-8", "surrogatepass"), sha256
        ).hexdigest()

    def _kept(self, name: str, content: str, lasts_s: float) -> tuple[str, str, float]:
        return self._digest(name), self._sealed(self._digest(name), content), lasts_s

    def _sealed(self, place: str, text: str) -> str:
        return seal_text(f"{place} {text}", self._key)

    def _opened(self, place: str, line: str) -> str | None:
        """What was sealed for this place; None for what was sealed for another, or not at all."""
        head = f"{place} "
        text = open_text(line, self._key)
        return text.removeprefix(head) if text is not None and text.startswith(head) else None

    def _page(self, row: tuple[Any, ...] | None) -> StoredPage | None:
        if row is None:
            return None
        id_, subject, sealed, standing = row
        if standing != OPEN:
            standing = self._opened(id_, standing) or self._opened(subject, standing)
        content = self._opened(id_, sealed)
        return None if content is None or standing is None else StoredPage(content, standing)

    async def _row(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        async with self._database.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            return await cursor.fetchone()

    async def _changes(self, statement: str, *values: object) -> bool:
        async with self._database.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            return cursor.rowcount == 1
