"""What replication needs of the tables of a PostgreSQL source."""

from clickpipes_mcp.checks.judging import Flaw
from clickpipes_mcp.checks.names import identifier, listed
from clickpipes_mcp.checks.postgres.facts import Facts
from clickpipes_mcp.checks.postgres.table_names import names_of, written
from clickpipes_mcp.counting import counted


def tables_exist(facts: Facts) -> Flaw | str:
    there = {table.place for table in facts.tables}
    missing = [identifier(name) for place in facts.wish.mappings for name in (place[1],)
               if place not in there]  # fmt: skip
    if missing:
        return Flaw(
            f"There is no table {listed(missing)} in the schema that is named.",
            "Correct source_schema_name and source_table.",
        )
    if not facts.tables:
        return Flaw("The database holds no table that the role sees.", "Give another database.")
    return f"{counted(len(facts.tables), 'table was', 'tables were')} found."


def table_kinds(facts: Facts) -> Flaw | str:
    others = [table for table in facts.tables if not table.is_replicable]
    if not others:
        return "All of them are tables."
    return Flaw(
        f"{names_of(others)}: what is no table itself, such as a view, is not replicated.",
        "Map the tables that stand behind it.",
    )


def select_right(facts: Facts) -> Flaw | str:
    closed = [table for table in facts.tables if not table.may_read]
    if not closed:
        return "The role may read the tables."
    role, first = identifier(facts.role.name), closed[0]
    schema = identifier(first.schema)
    return Flaw(
        f"The role may not read {names_of(closed)}.",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}; "
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};",
    )


def columns_readable(facts: Facts) -> Flaw | str | None:
    open_tables = {table.place for table in facts.tables if table.may_read}
    closed = [
        column
        for column in facts.columns
        if column.place in open_tables
        and not column.may_read
        and column.name not in facts.wish.excluded(column.place)
    ]
    if not closed:
        return None
    return Flaw(
        f"The role may not read the columns {listed(identifier(one.name) for one in closed)}.",
        "Grant SELECT on them, or leave them out with excluded_columns.",
    )


def keys(facts: Facts) -> Flaw | str:
    keyless = [
        table
        for table in facts.roots
        if not table.hides_identity
        and ((table.identity == "d" and not table.key) or table.identity == "n")
    ]
    if not keyless:
        return "Every table has a primary key or another replica identity."
    return Flaw(
        f"{names_of(keyless)}: no primary key and no replica identity, so updates and deletes "
        "are not logged.",
        f"ALTER TABLE {written(keyless[0])} REPLICA IDENTITY FULL; or give it a primary key.",
    )


def partition_keys(facts: Facts) -> Flaw | None:
    hidden = [table for table in facts.roots if table.hides_identity]
    if not hidden:
        return None
    return Flaw(
        f"{names_of(hidden)}: a partition has REPLICA IDENTITY NOTHING.",
        "Set REPLICA IDENTITY DEFAULT or FULL on each of its partitions.",
    )


def row_security(facts: Facts) -> Flaw | str:
    if facts.role.sees_all_rows:
        return "The role sees all rows."
    hidden = [
        table
        for table in facts.tables
        if table.has_row_security and (table.forces_row_security or not table.is_owned)
    ]
    if not hidden:
        return "No table hides rows from the role."
    return Flaw(
        f"{names_of(hidden)}: row-level security can hide rows from the role.",
        f"ALTER USER {identifier(facts.role.name)} BYPASSRLS;",
    )


def partition_roots(facts: Facts) -> Flaw | None:
    parts = [table for table in facts.tables if table.is_partition]
    if not parts:
        return None
    return Flaw(
        f"{names_of(parts)}: this is one partition of a larger table.",
        "Map the root of the partitions, with a publication that has publish_via_partition_root.",
    )


def types(facts: Facts) -> Flaw | None:
    wide = [
        column
        for column in facts.columns
        if column.is_too_wide and column.name not in facts.wish.excluded(column.place)
    ]
    if not wide:
        return None
    return Flaw(
        f"{listed(f'{identifier(one.name)} ({one.type})' for one in wide)}: wider than any "
        "Decimal of ClickHouse, which has 76 digits and 38 behind the point.",
        "Leave them out with excluded_columns, or have ClickHouse support map them to String.",
    )


def generated(facts: Facts) -> Flaw | None:
    left_in = [
        column
        for column in facts.columns
        if column.is_generated and column.name not in facts.wish.excluded(column.place)
    ]
    if not left_in or not facts.wish.mappings:
        return None
    return Flaw(
        f"The columns {listed(identifier(one.name) for one in left_in)} are generated: their "
        "changes are not published.",
        "Leave them out with excluded_columns, and compute them in ClickHouse.",
    )
