"""The chapter about a database that is real: looked at, mended, looked at again, and created.

What it makes in the database has names of its own, which nothing there had before, and goes again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, Any, Final, LiteralString

from pydantic import JsonValue

from clickpipes_mcp.demo.steps import Chapter, Expected, Step

if TYPE_CHECKING:
    import psycopg

TITLE: Final = "A real database, looked at before anything is created"
HOW_TO_SEE: Final = (
    "Left out, for want of a database. With --database postgresql://OWNER@HOST/DATABASE, and the "
    "password in PGPASSWORD, one is looked at, mended and looked at again."
)
_EXTRA: Final = "clickpipes-mcp[checks-postgres]"
_CONNECT_S: Final = 8
_MADE: Final[tuple[LiteralString, ...]] = (
    "CREATE ROLE {own} LOGIN REPLICATION PASSWORD {password}",
    "CREATE SCHEMA {own}",
    "CREATE TABLE {own}.orders (id int PRIMARY KEY, note text)",
    "CREATE TABLE {own}.visits (id int PRIMARY KEY, page text)",
    "GRANT USAGE ON SCHEMA {own} TO {own}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {own} TO {own}",
    "CREATE PUBLICATION {own} FOR TABLE {own}.orders",
)
_GONE: Final[tuple[LiteralString, ...]] = (
    "DROP PUBLICATION IF EXISTS {own}",
    "DROP SCHEMA IF EXISTS {own} CASCADE",
    "DROP ROLE IF EXISTS {own}",
)


class NoDatabase(Exception):
    """The database that was named cannot be shown."""


@dataclass(frozen=True)
class RealPostgres:
    """A database with a schema, a role and a publication of the demo, all of the name `own`."""

    source: Mapping[str, JsonValue]
    own: str
    password: str = field(repr=False)
    connection: "psycopg.Connection[Any]" = field(repr=False)

    def run(self, statement: str) -> None:
        """Run a statement of an answer, as the person would.

        Raises:
            NoDatabase: It refused.
        """
        import psycopg

        try:
            self.connection.execute(statement.encode())
        except psycopg.Error as error:
            raise NoDatabase(f"The database refused: {error}") from error


@contextmanager
def prepared(address: str) -> Iterator[RealPostgres]:
    """The database at an address of libpq, with what the chapter needs while the block runs.

    Raises:
        NoDatabase: It cannot be connected to or prepared; nothing is left there.
    """
    try:
        import psycopg  # optional extra
    except ImportError as error:
        raise NoDatabase(
            f"Its library is not installed: add {_EXTRA} where this command is"
        ) from error
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=_CONNECT_S)
    except (psycopg.Error, UnicodeError) as error:
        told = "the address is none" if isinstance(error, psycopg.ProgrammingError) else str(error)
        raise NoDatabase(f"No connection was made: {told}") from error
    with connection:
        database = _of(connection)
        try:
            _execute(database, _MADE)
            yield database
        except psycopg.Error as error:
            raise NoDatabase(f"The database refused: {error}") from error
        finally:
            for statement in _GONE:
                with suppress(psycopg.Error):  # so that the others are tried as well
                    _execute(database, (statement,))


def _of(connection: "psycopg.Connection[Any]") -> RealPostgres:
    info = connection.info
    if info.host.startswith("/"):
        raise NoDatabase("It is connected to by a socket: give its host.")
    own = f"clickpipes_demo_{token_hex(4)}"
    security = (
        {"skip_cert_verification": True} if connection.pgconn.ssl_in_use else {"disable_tls": True}
    )
    source: dict[str, JsonValue] = {
        "host": info.host,
        "port": info.port,
        "database": info.dbname,
        "credentials": {"username": own, "password": f"${{file:{own}}}"},
        **security,
        "settings": {"replication_mode": "cdc", "publication_name": own},
        "table_mappings": [_mapping(own, "orders"), _mapping(own, "visits")],
    }
    return RealPostgres(source, own, token_urlsafe(18), connection)


def _mapping(schema: str, table: str) -> JsonValue:
    return {
        "source_schema_name": schema,
        "source_table": table,
        "target_table": f"demo_{table}",
        "table_engine": "ReplacingMergeTree",
    }


def _execute(database: RealPostgres, statements: tuple[LiteralString, ...]) -> None:
    from psycopg import sql

    own, password = sql.Identifier(database.own), sql.Literal(database.password)
    for statement in statements:
        database.connection.execute(sql.SQL(statement).format(own=own, password=password))


def looked_at(database: RealPostgres) -> Chapter:
    """What is wrong is found, mended by the statement of the answer, and then it is created."""
    look: dict[str, JsonValue] = {"kind": "postgres", "source": dict(database.source)}
    proposed = "next_actions.0.arguments"
    return Chapter(
        TITLE,
        (
            Step(
                "check_source",
                look,
                person="And our real database? Look before you create anything.",
                expected=Expected(
                    facts={
                        "checks.0.prerequisite": "publication-tables",
                        "checks.0.outcome": "not ok",
                        "checks.1.outcome": "ok",
                    },
                ),
                shown=("publication-tables",),
                runs="checks.0.mend",
            ),
            Step(
                "check_source",
                look,
                assistant="Is it all there now?",
                expected=Expected(facts={"checks.0.outcome": "ok"}, mentions=("has everything",)),
            ),
            Step(
                "create_postgres_clickpipe",
                assistant="I create it with what was seen.",
                takes={one: f"{proposed}.{one}" for one in ("name", "source", "destination")},
            ),
            Step(
                "wait_for_clickpipe",
                takes={"clickpipe": "clickpipe.id"},
                expected=Expected(facts={"done": True, "state": "Running"}),
                proves="What the look proposed was created as it was. The pipe is simulated.",
            ),
        ),
    )
