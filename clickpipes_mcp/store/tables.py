"""The tables of the store: made, looked at, and relieved of what is over."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.store.versions import VERSIONS

if TYPE_CHECKING:
    from psycopg import AsyncConnection  # of an extra

    from clickpipes_mcp.store.database import Database

_DAY_S: Final = 86_400

NEWEST: Final = len(VERSIONS)
_EXPIRING: Final = {
    "used_answers": ("used_at", _DAY_S),
    "confirmed_acts": ("done_at", _DAY_S),
    "pages": ("expires_at", _DAY_S),
    "asked_secrets": ("expires_at", 0),
    "seen_names": ("seen_at", 8 * _DAY_S),
}
"""Tables of which nothing is needed after a while, the column that says since when, and for how
many seconds: no question stays open for a day, and a name counts for a week."""

_ONE_AT_A_TIME: Final = 0x636C6B70
"""The lock under which one process at a time sets the store up."""


@dataclass(frozen=True)
class Tables:
    """How it stands with the store: the version of its tables, and how many rows each has."""

    version: int
    rows: dict[str, int]


async def set_up(database: "Database") -> tuple[int, int]:
    """Make what is missing, in one step or not at all; the version before, and the one after.

    Raises:
        StoreUnavailable: It does not answer, or does not let its user make tables.
    """
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        await connection.execute("CREATE SCHEMA IF NOT EXISTS clickpipes_mcp")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS clickpipes_mcp.versions ("
            "version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())"
        )
        before = await _version(connection)
        for number, statements in enumerate(VERSIONS[before:], start=before + 1):
            await connection.execute(statements)
            await connection.execute("INSERT INTO clickpipes_mcp.versions VALUES (%s)", (number,))
    return before, max(before, NEWEST)


async def look_at(database: "Database") -> Tables:
    """The version and the size of the tables; version 0 where there are none.

    Raises:
        StoreUnavailable: It does not answer, or does not let its user look.
    """
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT to_regclass('clickpipes_mcp.versions')")
        if await cursor.fetchone() == (None,):
            return Tables(0, {})
        version = await _version(connection)
        cursor = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'clickpipes_mcp' "
            "AND tablename <> 'versions' ORDER BY tablename"
        )
        names = [str(name) for (name,) in await cursor.fetchall()]
        return Tables(version, {name: await _count(connection, name) for name in names})


async def prune(database: "Database") -> dict[str, int]:
    """Take away what nobody needs any more; how many rows of each table that were.

    Raises:
        StoreUnavailable: It does not answer, or is not set up.
    """
    gone: dict[str, int] = {}
    async with database.connection() as connection:
        for table, (since, kept_s) in _EXPIRING.items():
            cursor = await connection.execute(
                f"DELETE FROM clickpipes_mcp.{table} "  # noqa: S608 # names of our own
                f"WHERE {since} < now() - make_interval(secs => %s)",
                (kept_s,),
            )
            gone[table] = cursor.rowcount
    return gone


async def _version(connection: "AsyncConnection[Any]") -> int:
    cursor = await connection.execute(
        "SELECT coalesce(max(version), 0) FROM clickpipes_mcp.versions"
    )
    (version,) = await cursor.fetchone() or (0,)
    return int(version)


async def _count(connection: "AsyncConnection[Any]", table: str) -> int:
    from psycopg import sql  # of an extra

    name = sql.Identifier("clickpipes_mcp", table)
    cursor = await connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
    (count,) = await cursor.fetchone() or (0,)
    return int(count)
