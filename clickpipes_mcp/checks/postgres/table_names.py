"""Names of tables as statements and sentences write them."""

from collections.abc import Iterable

from clickpipes_mcp.checks.names import identifier, listed
from clickpipes_mcp.checks.postgres.facts import Table


def written(table: Table) -> str:
    """Schema and table."""
    return f"{identifier(table.schema)}.{identifier(table.name)}"


def names_of(tables: Iterable[Table]) -> str:
    """The first few of them."""
    return listed(map(written, tables))
