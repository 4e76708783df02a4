"""Connects to a MySQL or MariaDB server, reads its catalog, and judges what it read."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen, part_of, text_of
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.mysql import statements
from clickpipes_mcp.checks.mysql.facts import Column, Facts, Table
from clickpipes_mcp.checks.mysql.prerequisites import JUDGES
from clickpipes_mcp.checks.shown_records import MOST_RECORDS, shown
from clickpipes_mcp.checks.trust import trusting
from clickpipes_mcp.checks.wish import MOST_PROPOSED, Wish, mapping_of, proposed
from clickpipes_mcp.ip_ranges import is_of_own_network

if TYPE_CHECKING:
    from pymysql.connections import Connection

_CONNECT_S: Final = 8
_ANSWER_S: Final = 5
_MB: Final = 1024 * 1024
_DENIED: Final = (1044, 1045, 1049, 1698)
"""Access denied, or no such database. Source: MySQL Server Error Reference."""


def look(place: Place) -> Seen:
    """Read the catalog in one transaction that can only read."""
    import pymysql  # optional extra

    configuration = place.configuration
    credentials = part_of(configuration, "credentials")
    address = place.pin(text_of(configuration, "host").strip("[]"))
    refusal = _refusal(place, address)
    if refusal is not None:
        return Seen((refusal,))
    try:
        channel = socket.create_connection(
            (address, _port(place)), timeout=min(_CONNECT_S, max(1.0, place.remaining_s()))
        )
    except OSError as error:
        return Seen((_unreached(error),))
    try:
        connection = pymysql.Connection(
            host=text_of(configuration, "tlsHost") or text_of(configuration, "host").strip("[]"),
            user=text_of(credentials, "username"),
            password=text_of(credentials, "password"),
            charset="utf8mb4",
            ssl=_tls(place),
            ssl_disabled=configuration.get("disableTls") is True,
            connect_timeout=_CONNECT_S,
            read_timeout=_ANSWER_S,
            write_timeout=_ANSWER_S,
            program_name="clickpipes-mcp check_source",
            autocommit=False,
            defer_connect=True,
        )
        connection.connect(channel)  # the address that was judged, not a second lookup
        with closing(connection):
            return _read(connection, place)
    except (pymysql.Error, OSError, UnicodeError) as error:
        return Seen((_explain(error),))
    finally:
        channel.close()


def _refusal(place: Place, address: str) -> Checked | None:
    """Why no login is tried. Without a verified certificate a stranger could ask for the password.

    Servers choose how a client logs in, and some ways tell the password itself.
    """
    configuration = place.configuration
    if not text_of(part_of(configuration, "credentials"), "password"):
        return Checked(
            "login",
            Outcome.UNSEEN,
            "There is no password to log in with from here.",
            "Give credentials with a password; a login by IAM role is only tried by creating.",
        )
    is_verified = not (
        configuration.get("disableTls") is True or configuration.get("skipCertVerification") is True
    )
    if is_verified or is_of_own_network(address):
        return None
    return Checked(
        "login",
        Outcome.UNSEEN,
        "Over the public network no password is sent without a verified certificate.",
        "Pass ca_certificate in place of disable_tls or skip_cert_verification.",
    )


def _port(place: Place) -> int:
    port = place.configuration.get("port")
    return port if isinstance(port, int) else 3306


def _tls(place: Place) -> ssl.SSLContext | None:
    configuration = place.configuration
    if configuration.get("disableTls") is True:
        return None
    return trusting(
        text_of(configuration, "caCertificate"),
        verifies=configuration.get("skipCertVerification") is not True,
    )


def _unreached(error: Exception) -> Checked:
    return Checked(
        "reachable",
        Outcome.UNSEEN,
        f"No connection was made from here: {error}",
        "Correct host and port, and let this machine in. Whether ClickPipes gets there is another "
        "question: its own addresses have to be let in.",
    )


def _explain(error: Exception) -> Checked:
    """What a connection that failed says of the source."""
    if error.args and error.args[0] in _DENIED:
        return Checked(
            "login",
            Outcome.NOT_OK,
            f"The server answered: {error}",
            "Correct the user name or the password, or let the role in from this host.",
        )
    if "certificate" in str(error) or isinstance(error, ssl.SSLError):
        return Checked(
            "login",
            Outcome.UNSEEN,
            f"The certificate is not trusted: {error}",
            "Pass ca_certificate, the authority of the server's certificate as PEM, or tls_host, "
            "the name in it.",
        )
    return _unreached(error)


def _read(connection: "Connection[Any]", place: Place) -> Seen:
    reader = _Reader(connection, place)
    reader.rows(statements.READ_ONLY)
    reader.rows(statements.BEGIN)
    wish = Wish.of(place.configuration, "mysql")
    facts = Facts(
        wish=wish,
        settings={str(name): str(value) for name, value in reader.rows(statements.SETTINGS)},
        grants=tuple(str(row[0]) for row in reader.rows(statements.GRANTS)),
        role=text_of(part_of(place.configuration, "credentials"), "username"),
        tables=tuple(_tables(reader)),
        kept_hours=_kept_hours(reader) if wish.kind.startswith("rds") else None,
        is_replica=_is_replica(reader),
    )
    usable = [table for table in facts.wanted if table.is_table and table.may_read]
    proposal = proposed([_mapping(table) for table in usable])
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(_notes(facts)),
        proposal=proposal,
        destination={"database": "default"} if proposal else {},
        called=usable[0].place[0] if usable else "",
        sample=shown(_records(reader, wish, usable[0])) if usable and place.show_sample else (),
    )


def _records(reader: "_Reader", wish: Wish, table: Table) -> list[bytes]:
    """The first rows of a table as JSON, each value cut short by the server."""
    import pymysql  # optional extra

    excluded = wish.excluded(table.place)
    names = [one.name for one in table.columns if one.may_read and one.name not in excluded]
    try:
        rows = reader.rows(statements.rows_of(table.place, names, MOST_RECORDS)) if names else []
    except (pymysql.Error, UnicodeError):
        return []
    named = (dict(zip(names, row, strict=True)) for row in rows)
    return [json.dumps(row, default=_plain).encode() for row in named]


def _plain(value: object) -> str:
    return f"{len(value):,} bytes" if isinstance(value, bytes) else str(value)


def _tables(reader: "_Reader") -> Iterator[Table]:
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, is_generated, is_key, may_read in reader.rows(statements.COLUMNS):
        column = Column(str(name), bool(is_generated), bool(is_key), bool(may_read))
        columns.setdefault((schema, table), []).append(column)
    for schema, name, is_table, rows, size in reader.rows(statements.TABLES):
        known = tuple(columns.get((schema, name), ()))
        yield Table((schema, name), bool(is_table), int(rows), int(size), known)


def _is_replica(reader: "_Reader") -> bool | None:
    import pymysql  # optional extra

    for statement in statements.REPLICA:
        try:
            return bool(reader.rows(statement))
        except pymysql.Error:
            continue
    return None


def _kept_hours(reader: "_Reader") -> int | None:
    import pymysql  # optional extra

    try:
        rows = reader.rows(statements.RETENTION_OF_RDS)
    except pymysql.Error:
        return None
    value = rows[0][0] if rows else None
    return int(value or 0)


def _mapping(table: Table) -> Any:  # noqa: ANN401 # JSON
    left_out = [one.name for one in table.columns if one.is_generated or not one.may_read]
    every = () if table.key else [one.name for one in table.columns if one.name not in left_out]
    return mapping_of(table.place, left_out=left_out, sorted_by=every)


def _notes(facts: Facts) -> Iterator[str]:
    tables = [table for table in facts.wanted if table.is_table]
    if tables:
        rows, size = (sum(getattr(one, part) for one in tables) for part in ("rows", "bytes"))
        yield (
            f"The first copy reads about {rows:,} rows, {size / _MB:,.0f} MB, as far as the "
            "statistics of the server tell."
        )
    if facts.is_replica is None and not facts.logs_what_it_replicates:
        yield (
            "Whether the server is a replica is not seen with this role. If it is one, set "
            "log_replica_updates = ON there."
        )
    if len(tables) > MOST_PROPOSED and not facts.wish.mappings:
        yield f"The proposal holds the first {MOST_PROPOSED} tables that can be replicated."


class _Reader:
    """Runs the fixed statements while there is time."""

    def __init__(self, connection: "Connection[Any]", place: Place) -> None:
        self._connection = connection
        self._place = place

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of one of the statements."""
        if self._place.remaining_s() <= 0:
            raise TimeoutError("no time is left")
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
