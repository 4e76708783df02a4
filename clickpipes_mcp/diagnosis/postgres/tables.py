"""Single tables of Postgres pipes: keys, columns, types, and what is read from them."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Advice, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._spellings import sqlstate
from clickpipes_mcp.diagnosis._steps import (
    TABLES,
    clickhouse_sql,
    source_sql,
    support,
    tool,
)

_FAQ = docs("postgres/faq")
_TABLE_RESYNC = tool(
    "update_clickpipe",
    "Resync the table: remove its mapping, drop or truncate its target, add it again.",
    changes=TABLES,
)
_FULL_IDENTITY = source_sql(
    "Identify rows by all columns.", "ALTER TABLE <schema>.<table> REPLICA IDENTITY FULL"
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="postgres.no-key",
        title="A table has no key to recognise its rows by",
        cause="Updates and deletes need a primary key or a replica identity, on partitions too.",
        fix=(
            source_sql("Add a key.", "ALTER TABLE <schema>.<table> ADD PRIMARY KEY (<column>)"),
            _FULL_IDENTITY,
            source_sql(
                "Find such tables: d default, f full, i index, n nothing.",
                "SELECT relname, relreplident FROM pg_class WHERE relkind = 'r'",
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"REPLICA[_ ]IDENTITY[_ ]NOTHING",
            r"MISSING_PRIMARY_KEY",
            r"does not have a replica identity",
            r"(no|missing|without( a)?) primary key",
        ),
        examples=(
            "table public.events has REPLICA IDENTITY NOTHING",
            "NOTIFY_BAD_POSTGRES_TABLE_REPLICA_IDENTITY MISSING_PRIMARY_KEY",
        ),
    ),
    Rule(
        id="postgres.numeric-too-wide",
        title="A NUMERIC value does not fit into ClickHouse's Decimal",
        cause="Unbounded numbers become Decimal of at most 76 digits; this one is longer.",
        fix=(
            support("Ask support to map the column to String."),
            tool(
                "update_clickpipe",
                "Otherwise, exclude the column: remove the mapping, add it again.",
                changes=TABLES,
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"Cannot parse type Decimal\(",
            r"Cannot insert Avro decimal",
            r"NOTIFY_UNSUPPORTED_DATATYPE",
        ),
        examples=(
            (
                "Cannot parse type Decimal(76, 38), expected non-empty binary data with size equal "
                "to or less than 32, got 57"
            ),
        ),
    ),
    Rule(
        id="postgres.table-unknown",
        title="A mapped table or view does not exist at the source",
        cause="It was renamed or dropped, or schema and table are misspelt.",
        fix=(
            source_sql(
                "See what there is.",
                "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2",
            ),
            tool("update_clickpipe", "Remove the mapping, or map the new name.", changes=TABLES),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"relation \"[^\"]{0,200}\" does not exist",
            r"failed to select from table",
            sqlstate("42P01"),
            r"UndefinedTable",
        ),
        examples=('ERROR: relation "public.orders" does not exist (SQLSTATE 42P01)',),
    ),
    Rule(
        id="postgres.column-missing",
        title="A column does not exist at the source any more",
        cause="It was dropped or renamed after the pipe or a view began to use it.",
        fix=(
            source_sql(
                "See what there is.",
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name "
                "= '<table>'",
            ),
            _TABLE_RESYNC,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"column \"?[\w.]{1,100}\"? (of relation .{1,80})?does not exist",
            sqlstate("42703"),
        ),
        examples=('ERROR: column "updated_at" does not exist (SQLSTATE 42703)',),
    ),
    Rule(
        id="postgres.encoding",
        title="A value of the source is not valid text",
        cause="A byte sequence does not fit the encoding: a zero byte, or text stored as another "
        "encoding.",
        fix=(
            source_sql("See the encoding.", "SHOW server_encoding; SHOW client_encoding"),
            tool(
                "update_clickpipe",
                "Otherwise, exclude the column: remove the mapping, add it again.",
                changes=TABLES,
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"invalid byte sequence for encoding",
            r"has no equivalent in encoding",
            sqlstate("22021", "22P05"),
        ),
        examples=('ERROR: invalid byte sequence for encoding "UTF8": 0x00',),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="postgres.toast-empty",
        title="Large columns become NULL or empty after an update",
        cause="Postgres does not send large values (TOAST) that an update did not change.",
        fix=(
            _FULL_IDENTITY,
            _TABLE_RESYNC,
            source_sql(
                "Find columns it may happen to.",
                "SELECT attname FROM pg_attribute WHERE attrelid = '<schema>.<table>'::regclass "
                "AND attlen = -1 AND attstorage <> 'p' AND attnum > 0",
            ),
        ),
        documentation=docs("postgres/toast"),
        arms=POSTGRES,
        keywords=("toast", "null after update", "column null", "empty after update"),
    ),
    Advice(
        id="cdc.read-with-final",
        title="Counts differ and rows seem duplicated without FINAL",
        cause="Every version of a row is kept until merges run, and deleted rows stay marked.",
        fix=(
            clickhouse_sql(
                "Read so.",
                "SELECT count() FROM <database>.<table> FINAL WHERE _peerdb_is_deleted = 0",
            ),
        ),
        documentation=docs("postgres/deduplication"),
        families=(Family.DATABASE,),
        keywords=("duplicate", "count", "wrong", "twice", "more rows", "final"),
    ),
    Advice(
        id="postgres.key-changed",
        title="After a changed primary key both rows live",
        cause="A change of the key is a new row; the old one is not deleted.",
        fix=(
            source_sql("Delete and insert instead of changing a key.", "DELETE ...; INSERT ..."),
            support("An experimental setting exists; ask support."),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        keywords=("primary key update", "old row", "key change", "both rows"),
    ),
    Advice(
        id="postgres.deleted-rows-return",
        title="Deleted rows reappear with a custom sorting key",
        cause="Deletes carry only the replica identity; where it lacks columns of the sorting key, "
        "the row is not recognised.",
        fix=(
            source_sql(
                "Identify rows by an index over the key and the sorting columns.",
                "CREATE UNIQUE INDEX <index> ON <table> (<id>, <column>); ALTER TABLE <table> "
                "REPLICA IDENTITY USING INDEX <index>",
            ),
            _TABLE_RESYNC,
        ),
        documentation=docs("postgres/ordering-keys"),
        arms=POSTGRES,
        keywords=("deleted rows", "reappear", "order by", "sorting key"),
    ),
    Advice(
        id="postgres.generated-columns",
        title="Generated columns stay empty",
        cause="Postgres does not publish them; adding a column to such a table fails later.",
        fix=(
            clickhouse_sql(
                "Compute it in ClickHouse.",
                "ALTER TABLE <table> ADD COLUMN <column> <type> ALIAS <expression>",
            ),
        ),
        documentation=docs("postgres/postgres-generated-columns"),
        arms=POSTGRES,
        keywords=("generated column", "computed column", "stored"),
    ),
    Advice(
        id="cdc.excluded-column-wanted",
        title="A column that was excluded is wanted after all",
        cause="Mappings do not change in place.",
        fix=(_TABLE_RESYNC,),
        documentation=_FAQ,
        families=(Family.DATABASE,),
        keywords=("excluded column", "exclude", "add column"),
    ),
)
