"""A few rows of one table of a PostgreSQL source, read only where they are to be shown."""

from typing import TYPE_CHECKING, Any

from clickpipes_mcp.checks.postgres import statements
from clickpipes_mcp.checks.postgres.facts import Facts, Table
from clickpipes_mcp.checks.shown_records import MOST_RECORDS

if TYPE_CHECKING:
    import psycopg


def read_rows(connection: "psycopg.Connection[Any]", facts: Facts) -> list[bytes]:
    """The first rows as JSON, each cut short by the server; none where they are refused."""
    import psycopg  # optional extra
    from psycopg import sql

    table = next((one for one in facts.roots if one.may_read and _names(facts, one)), None)
    if table is None:
        return []
    statement = sql.SQL(statements.ROWS).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, _names(facts, table))),
        table=sql.Identifier(*table.place),
        most=sql.Literal(MOST_RECORDS),
    )
    try:
        with connection.transaction():
            rows = connection.execute(statement).fetchall()
    except psycopg.Error:
        return []
    return [str(row[0]).encode() for row in rows]


def _names(facts: Facts, table: Table) -> list[str]:
    excluded = facts.wish.excluded(table.place)
    return [
        one.name
        for one in facts.columns_of(table)
        if one.may_read and not one.is_generated and one.name not in excluded
    ]
