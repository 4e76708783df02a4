"""The tables of the store, by version: made, looked at, and relieved of what is over.

A version only ever adds to the one before. So the tables can be brought up to date while replicas
of the earlier version still work with them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import AsyncConnection  # of an extra

    from clickpipes_mcp.store.database import Database

_KEPT_S: Final = 86_400
"""Far longer than any question stays open."""

_VERSIONS: Final = (
    """
    CREATE TABLE clickpipes_mcp.used_answers (
        digest text PRIMARY KEY,
        used_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE clickpipes_mcp.confirmed_acts (
        subject text NOT NULL,
        occasion integer NOT NULL,
        done_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subject, occasion)
    );
    """,
    """
    CREATE TABLE clickpipes_mcp.request_limits (
        key text PRIMARY KEY,
        sent_at double precision[] NOT NULL DEFAULT '{}',
        sent_by text[] NOT NULL DEFAULT '{}',
        seen jsonb NOT NULL DEFAULT '{}',
        closed_until double precision NOT NULL DEFAULT 0
    );
    CREATE FUNCTION clickpipes_mcp.take_turn(
        the_key text, who text, requests integer, window_s double precision,
        remembered_s double precision
    ) RETURNS double precision LANGUAGE plpgsql AS $$
    DECLARE
        one clickpipes_mcp.request_limits;
        now_s double precision;
        share integer;
        sent_by_who bigint;
        kept_for_others bigint;
        free integer;
        wait_s double precision := 0;
    BEGIN
        INSERT INTO clickpipes_mcp.request_limits (key) VALUES (the_key) ON CONFLICT DO NOTHING;
        SELECT * INTO one FROM clickpipes_mcp.request_limits WHERE key = the_key FOR UPDATE;
        now_s := extract(epoch FROM clock_timestamp());
        SELECT coalesce(array_agg(at ORDER BY nth), '{}'),
            coalesce(array_agg(who_ ORDER BY nth), '{}')
            INTO one.sent_at, one.sent_by
            FROM unnest(one.sent_at, one.sent_by) WITH ORDINALITY AS turn(at, who_, nth)
            WHERE at + window_s > now_s;
        SELECT jsonb_object_agg(who_, at) INTO one.seen
            FROM jsonb_each(one.seen || jsonb_build_object(who, now_s)) AS caller(who_, at)
            WHERE at::double precision + remembered_s >= now_s;
        share := greatest(requests / (SELECT count(*) FROM jsonb_object_keys(one.seen)), 1);
        free := requests - cardinality(one.sent_at);
        sent_by_who := cardinality(array_positions(one.sent_by, who));
        SELECT coalesce(
                sum(greatest(share - cardinality(array_positions(one.sent_by, other)), 0)), 0
            ) INTO kept_for_others FROM jsonb_object_keys(one.seen) AS other WHERE other <> who;
        IF one.closed_until > now_s THEN
            wait_s := one.closed_until - now_s;
        ELSIF free > 0 AND (sent_by_who < share OR free > kept_for_others) THEN
            one.sent_at := one.sent_at || now_s;
            one.sent_by := one.sent_by || who;
        ELSE
            wait_s := one.sent_at[1] + window_s - now_s;
        END IF;
        UPDATE clickpipes_mcp.request_limits
            SET sent_at = one.sent_at, sent_by = one.sent_by, seen = one.seen WHERE key = the_key;
        RETURN wait_s;
    END $$;
    CREATE FUNCTION clickpipes_mcp.close_turns(the_key text, seconds double precision)
    RETURNS double precision LANGUAGE sql AS $$
        INSERT INTO clickpipes_mcp.request_limits AS one (key, closed_until)
            VALUES (the_key, extract(epoch FROM clock_timestamp()) + seconds)
            ON CONFLICT (key) DO UPDATE
            SET closed_until = greatest(one.closed_until, excluded.closed_until)
            RETURNING closed_until
    $$;
    """,
    """
    CREATE TABLE clickpipes_mcp.journal (
        number bigint PRIMARY KEY,
        line text NOT NULL
    );
    CREATE TABLE clickpipes_mcp.journal_end (
        is_it boolean PRIMARY KEY DEFAULT true CHECK (is_it),
        number bigint NOT NULL,
        digest text NOT NULL
    );
    INSERT INTO clickpipes_mcp.journal_end (number, digest) VALUES (0, '');
    """,
)
NEWEST: Final = len(_VERSIONS)
_EXPIRING: Final = {"used_answers": "used_at", "confirmed_acts": "done_at"}
"""Tables of which nothing is needed after a day, and the column that says since when."""

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
        for number, statements in enumerate(_VERSIONS[before:], start=before + 1):
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
        for table, since in _EXPIRING.items():
            cursor = await connection.execute(
                f"DELETE FROM clickpipes_mcp.{table} "  # noqa: S608 # names of our own
                f"WHERE {since} < now() - make_interval(secs => %s)",
                (_KEPT_S,),
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
