"""From what was seen of a PostgreSQL source to the fields of a pipe that reads it."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.names import identifier, listed
from clickpipes_mcp.checks.postgres.facts import Facts, Table
from clickpipes_mcp.checks.postgres.statements import MOST_TABLES
from clickpipes_mcp.checks.wish import MOST_PROPOSED, mapping_of, proposed

_MB: Final = 1024 * 1024


def propose(facts: Facts) -> Mapping[str, JsonValue]:
    """The settings, and the mappings of the tables that can be replicated."""
    usable = [table for table in facts.roots if table.may_read and _has_identity(table)]
    return proposed([_mapping(facts, table) for table in usable])


def _has_identity(table: Table) -> bool:
    return bool(table.key) if table.identity == "d" else table.identity != "n"


def _mapping(facts: Facts, table: Table) -> JsonValue:
    columns = facts.columns_of(table)
    left_out = [
        one.name for one in columns if one.is_generated or one.is_too_wide or not one.may_read
    ]
    every = () if table.key else [one.name for one in columns if one.name not in left_out]
    return mapping_of(table.place, left_out=left_out, sorted_by=every)


def notes_on(facts: Facts) -> Iterator[str]:
    """What is worth knowing of the source before a pipe is made."""
    rows, size = (sum(getattr(table, part) for table in facts.roots) for part in ("rows", "bytes"))
    if facts.roots:
        yield (
            f"The first copy reads about {rows:,} rows, {size / _MB:,.0f} MB, as far as the "
            "statistics of the server tell."
        )
    apart = [table for table in facts.roots if table.identity == "d" and _is_apart(facts, table)]
    if apart and not facts.wish.copies_once:
        names = listed(f"{identifier(one.schema)}.{identifier(one.name)}" for one in apart)
        yield (
            f"{names}: large values that an update leaves alone are not logged. REPLICA IDENTITY "
            "FULL logs them."
        )
    if len(facts.roots) > MOST_PROPOSED and not facts.wish.mappings:
        yield f"The proposal holds the first {MOST_PROPOSED} tables that can be replicated."
    if len(facts.tables) >= MOST_TABLES:
        yield f"Only the first {MOST_TABLES} tables were looked at. Name the others to see them."


def _is_apart(facts: Facts, table: Table) -> bool:
    return any(column.may_be_apart for column in facts.columns_of(table))
