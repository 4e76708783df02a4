"""The journal's lines in the store, and a copy on this machine in which they are read.

Whoever appends holds the row that says where the journal ends. So the lines of all replicas stand
in one order, each holds the digest of the one before, and whoever has appended knows all that came
before.
"""

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio

from clickpipes_mcp.journal_chain import digest_of_line
from clickpipes_mcp.private_file import open_private
from clickpipes_mcp.store.database import Database
from clickpipes_mcp.store_refusals import StoreUnavailable

if TYPE_CHECKING:
    from psycopg import AsyncConnection  # of an extra

MOST_COPIED: Final = 100_000
"""Lines from before this process began; what is older stands in the store alone."""

_AT_ONCE: Final = 2000
_MOST_OWED: Final = 1000
_NEWER: Final = (
    "SELECT number, line FROM clickpipes_mcp.journal WHERE number > %s ORDER BY number LIMIT %s"
)


class StoredLines:
    """Lines that all replicas append to and nobody changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._copied: int | None = None
        self._owed: deque[Callable[[str], str]] = deque(maxlen=_MOST_OWED)
        self._one_at_a_time = anyio.Lock()

    @cached_property
    def copy(self) -> Path:
        """The file that they are copied into, in a directory that ends with this process."""
        return Path(tempfile.mkdtemp(prefix="clickpipes-mcp-journal-"), "journal.jsonl")

    def remove_copy(self) -> None:
        """Take the copy away; it is made anew when the lines are used again."""
        self._copied = None
        shutil.rmtree(self.copy.parent, ignore_errors=True)

    async def append(self, line_after: Callable[[str], str], *, must_last: bool) -> None:
        """Write a line, which is told the digest of the one before; then the copy has all of them.

        One that need not last is owed when it cannot be written, and comes with the next one.

        Raises:
            StoreUnavailable: It is not written, or nobody knows whether it was.
        """
        async with self._one_at_a_time:
            try:
                await self._append([*self._owed, line_after])
            except StoreUnavailable:
                if not must_last:
                    self._owed.append(line_after)
                raise
            self._owed.clear()
            await self._catch_up()

    async def catch_up(self) -> None:
        """Bring the copy up to date, and write what is owed.

        Raises:
            StoreUnavailable: The lines cannot be had.
        """
        async with self._one_at_a_time:
            if self._owed:
                await self._append([*self._owed])
                self._owed.clear()
            await self._catch_up()

    async def _append(self, lines_after: list[Callable[[str], str]]) -> None:
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT number, digest FROM clickpipes_mcp.journal_end FOR UPDATE"
            )
            number, digest = await cursor.fetchone() or (0, "")
            for line_after in lines_after:
                line = line_after(digest)
                number, digest = number + 1, digest_of_line(line.encode())
                await connection.execute(
                    "INSERT INTO clickpipes_mcp.journal (number, line) VALUES (%s, %s)",
                    (number, line),
                )
            await connection.execute(
                "UPDATE clickpipes_mcp.journal_end SET number = %s, digest = %s", (number, digest)
            )

    async def _catch_up(self) -> None:
        # A copy that cannot be written is no error of the store, so none is open meanwhile.
        self.copy.parent.mkdir(mode=0o700, exist_ok=True)
        while True:
            async with self._database.connection() as connection:
                copied = await _begin(connection) if self._copied is None else self._copied
                cursor = await connection.execute(_NEWER, (copied, _AT_ONCE))
                newer = await cursor.fetchall()
            if newer:
                self._copy("".join(f"{line}\n" for _, line in newer))
                self._copied = newer[-1][0]
            if len(newer) < _AT_ONCE:
                return

    def _copy(self, text: str) -> None:
        descriptor = open_private(self.copy, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())


async def _begin(connection: "AsyncConnection[Any]") -> int:
    """The number after which the copy begins."""
    cursor = await connection.execute("SELECT number FROM clickpipes_mcp.journal_end")
    (end,) = await cursor.fetchone() or (0,)
    return max(0, int(end) - MOST_COPIED)
