"""Connects to a PostgreSQL server, reads its catalog, and judges what it read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen, part_of, text_of
from clickpipes_mcp.checks.postgres import statements
from clickpipes_mcp.checks.postgres.facts import (
    Column,
    Facts,
    PostgresWish,
    Publication,
    Role,
    Server,
    Slot,
    Table,
)
from clickpipes_mcp.checks.postgres.prerequisites import OLDEST, judge_all, version_of
from clickpipes_mcp.checks.postgres.proposal import notes_on, propose
from clickpipes_mcp.checks.postgres.rows import read_rows
from clickpipes_mcp.checks.shown_records import shown
from clickpipes_mcp.checks.trust import trusted_file

if TYPE_CHECKING:
    import psycopg

_CONNECT_S: Final = 8
_BY_SCRAM: Final = "scram-sha-256"
"""A login by which a server that only pretends learns no password. Source: RFC 5802."""

_T = TypeVar("_T")


def look(place: Place) -> Seen:
    """Read the catalog in one transaction that can only read."""
    import psycopg  # optional extra

    if text_of(part_of(place.configuration, "credentials"), "password") == "":
        return _unseen(
            "There is no password to log in with from here.",
            "Give credentials with a password, if the role has one; a pipe that logs in by IAM "
            "role can only be tried by creating it.",
        )
    try:
        with _connection_options(place) as options, psycopg.connect(**options) as connection:
            connection.read_only = True
            return _read(connection, place)
    except psycopg.OperationalError as error:
        return Seen((_explain(str(error)),))
    except (psycopg.Error, UnicodeError) as error:
        return _unseen(f"The server refused to be read: {error}", "Look at the server's log.")
    except TimeoutError:
        return _unseen("The server answered too slowly to be read.", "Look whether it is busy.")


def _unseen(evidence: str, mend: str) -> Seen:
    return Seen((Checked("login", Outcome.UNSEEN, evidence, mend),))


@contextmanager
def _connection_options(place: Place) -> Iterator[dict[str, Any]]:
    """What to connect with: to the judged address, as the name that was given.

    Nothing of the environment of this machine's user goes along: no key, no stored password.
    """
    configuration = place.configuration
    credentials = part_of(configuration, "credentials")
    host = text_of(configuration, "host")
    options: dict[str, Any] = {
        "host": text_of(configuration, "tlsHost") or host.strip("[]"),
        "hostaddr": place.pin(host.strip("[]")),
        "port": configuration.get("port") or 5432,
        "dbname": text_of(configuration, "database"),
        "user": text_of(credentials, "username"),
        "password": text_of(credentials, "password"),
        "connect_timeout": max(2, min(_CONNECT_S, int(place.remaining_s()))),
        "application_name": "clickpipes-mcp check_source",
        "client_encoding": "utf8",
        "gssencmode": "disable",
        "sslcertmode": "disable",
    }
    with trusted_file(text_of(configuration, "caCertificate")) as authorities:
        if configuration.get("disableTls") is True:
            options |= {"sslmode": "disable", "require_auth": _BY_SCRAM}
        elif configuration.get("skipCertVerification") is True:
            options |= {"sslmode": "require", "require_auth": _BY_SCRAM}
        else:
            options |= {"sslmode": "verify-full", "sslrootcert": str(authorities)}
        yield options


_REFUSALS: Final = (
    (
        ("password authentication failed", "no pg_hba.conf entry", "does not exist"),
        Outcome.NOT_OK,
        (
            "Correct the user name, the password or the database; on a server of your own, let the "
            "role in with a line in pg_hba.conf, then SELECT pg_reload_conf()."
        ),
    ),
    (
        ("certificate", "SSL", "TLS"),
        Outcome.UNSEEN,
        (
            "Pass ca_certificate, the authority of the server's certificate as PEM, or "
            "tls_host, the name in it."
        ),
    ),
    (
        ("authentication method", "require_auth"),
        Outcome.UNSEEN,
        (
            "Without a verified certificate a password is only given by SCRAM: pass "
            "ca_certificate, or set the password anew with password_encryption = 'scram-sha-256'."
        ),
    ),
    (
        ("unsupported startup parameter", "no such database"),
        Outcome.NOT_OK,
        ("Give the direct address of the server: through a pooler no changes are replicated."),
    ),
)


def _explain(error: str) -> Checked:
    """What a connection that failed says of the source."""
    for words, outcome, mend in _REFUSALS:
        if any(word in error for word in words):
            return Checked("login", outcome, f"The server answered: {error}", mend)
    return Checked(
        "reachable",
        Outcome.UNSEEN,
        f"No connection was made from here: {error}",
        "Correct host and port, and let this machine in. Whether ClickPipes gets there is another "
        "question: its own addresses have to be let in.",
    )


def _read(connection: "psycopg.Connection[Any]", place: Place) -> Seen:
    read = _Reader(connection, place)
    connection.execute(statements.LIMITS)
    connection.execute(statements.NAMES)
    if connection.info.server_version < OLDEST:
        return Seen((version_of(connection.info.server_version),))
    wish = PostgresWish.of(place.configuration, "postgres")
    server = read.one(Server, statements.SERVER)
    role = read.one(Role, statements.ROLE)
    if server is None or role is None:
        return _unseen("The catalog of this server holds no role of this login.", "")
    named = {
        "schemas": [schema for schema, _ in wish.mappings],
        "tables": [name for _, name in wish.mappings],
    }
    chosen = statements.NAMED_TABLES if wish.mappings else statements.ALL_TABLES
    tables = tuple(read.all(Table, chosen, named))
    places = {
        "schemas": [table.schema for table in tables],
        "tables": [table.name for table in tables],
    }
    facts = Facts(
        wish=wish,
        server=server,
        settings={row["name"]: row["setting"] for row in read.rows(statements.SETTINGS)},
        role=role,
        is_pooled=server.pid != connection.info.backend_pid,
        tables=tables,
        columns=tuple(read.all(Column, statements.COLUMNS, places)),
    )
    if wish.publication:
        named_one = {"publication": wish.publication}
        facts = replace(facts, publication=read.one(Publication, statements.PUBLICATION, named_one))
    if wish.slot:
        facts = replace(facts, slot=read.one(Slot, statements.SLOT, {"slot": wish.slot}))
    proposal = propose(facts)
    return Seen(
        checked=tuple(judge_all(facts)),
        notes=tuple(notes_on(facts)),
        proposal=proposal,
        destination={"database": "default"} if proposal else {},
        called=text_of(place.configuration, "database"),
        sample=shown(read_rows(connection, facts)) if place.show_sample else (),
    )


class _Reader:
    """Runs the fixed statements while there is time."""

    def __init__(self, connection: "psycopg.Connection[Any]", place: Place) -> None:
        self._connection = connection
        self._place = place

    def rows(
        self, statement: str, arguments: Mapping[str, object] | None = None
    ) -> list[dict[str, Any]]:
        """The rows of one of the statements."""
        from psycopg.rows import dict_row  # optional extra

        if self._place.remaining_s() <= 0:
            raise TimeoutError
        with self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(statement.encode(), arguments or {})
            return cursor.fetchall()

    def all(
        self, kind: type[_T], statement: str, arguments: Mapping[str, object] | None = None
    ) -> list[_T]:
        """The rows as facts of one kind, whose fields are named as the columns."""
        return [kind(**row) for row in self.rows(statement, arguments)]

    def one(
        self, kind: type[_T], statement: str, arguments: Mapping[str, object] | None = None
    ) -> _T | None:
        """The first row; None where there is none."""
        return next(iter(self.all(kind, statement, arguments)), None)
