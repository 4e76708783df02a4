"""Records that do not fit their columns, whatever stream or file they come from."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, Row
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule
from clickpipes_mcp.diagnosis._steps import RECORD_ERRORS, at_source, clickhouse_sql, tool

_STREAMS = (Family.STREAMING,)
_PARSES_RECORDS = (Family.STREAMING, Family.OBJECT_STORAGE)
_REGISTRIES = docs("kafka/schema-registries")
_REFERENCE = docs("kafka/reference")

RULES: tuple[Rule, ...] = (
    Rule(
        id="stream.record-unreadable",
        title="Records do not fit their format or the column types",
        cause="A record that cannot be read is skipped and written to the error table; the others "
        "go on.",
        fix=(
            RECORD_ERRORS,
            at_source("Correct the producer."),
            clickhouse_sql(
                "Otherwise, widen the column; pause the pipe meanwhile.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> String",
            ),
        ),
        documentation=_REGISTRIES,
        families=_PARSES_RECORDS,
        breadth=Breadth.BROAD,
        patterns=(
            r"DATA_PARSING_ERROR",
            r"could not be parsed",
            r"CANNOT_PARSE",
            r"Cannot parse (input|JSON|expression)",
        ),
        reads_records=True,
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                record_errors=(Row("DATA_PARSING_ERROR: unexpected token", 40),),
            ),
            "record could not be parsed into the destination columns",
        ),
    ),
    Rule(
        id="stream.date-unreadable",
        title="Dates or times of the records cannot be read",
        cause="Only UTC types are filled; Avro's local timestamps and unusual spellings are not "
        "understood.",
        fix=(
            clickhouse_sql(
                "Read the value as text and convert it in a materialized view.",
                "SELECT parseDateTime64BestEffort(<column>, 3, 'UTC') FROM <database>.<table>",
            ),
        ),
        documentation=_REFERENCE,
        families=_PARSES_RECORDS,
        patterns=(
            r"cannot (parse|convert|read).{0,60}\b(DateTime(64)?|Date32|Date)\b",
            r"CANNOT_PARSE_(DATE|DATETIME)",
            r"local-timestamp-\w+",
        ),
        reads_records=True,
        examples=(
            Facts(
                family=Family.STREAMING,
                record_errors=(Row("DATA_PARSING_ERROR: Cannot parse DateTime64(3): 01/02"),),
            ),
        ),
    ),
    Rule(
        id="stream.value-rejected",
        title="UUID, enum or address values of the records are not valid",
        cause="The producer sees success, but a typed column refuses the text and the record goes "
        "to the error table.",
        fix=(
            RECORD_ERRORS,
            clickhouse_sql(
                "Take the value as text.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> String",
            ),
            at_source("Otherwise, send valid values."),
        ),
        documentation=_REFERENCE,
        families=_PARSES_RECORDS,
        patterns=(
            r"cannot (parse|convert|read).{0,60}\b(UUID|Enum(8|16)?|IPv[46])\b",
            r"CANNOT_PARSE_(UUID|IPV[46])",
            r"unknown element.{0,80}enum",
        ),
        reads_records=True,
        examples=(
            Facts(family=Family.STREAMING, record_errors=(Row("Cannot parse UUID from 'n/a'"),)),
            "Unknown element 'gold' for enum",
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="stream.columns-empty",
        title="Columns are 0 or empty although the table has defaults",
        cause="A field the source does not have becomes zero or empty; DEFAULT expressions are "
        "not evaluated.",
        fix=(
            tool(
                "update_clickpipe",
                "Map the field, with all columns of the destination.",
                changes=("field_mappings",),
            ),
            clickhouse_sql(
                "Compute defaults in a materialized view.",
                "CREATE MATERIALIZED VIEW <view> TO <table> AS SELECT if(<c> = '', 'none', <c>) "
                "AS <c> FROM <landing table>",
            ),
        ),
        documentation=_REGISTRIES,
        families=_PARSES_RECORDS,
        keywords=("empty column", "zero", "default", "null column", "columns are empty"),
    ),
    Advice(
        id="stream.no-nullable-collections",
        title="Arrays, maps and tuples are never NULL",
        cause="ClickHouse has no nullable collections, so an empty one is written.",
        fix=(clickhouse_sql("Test for emptiness.", "SELECT count() FROM <t> WHERE empty(<c>)"),),
        documentation=_REFERENCE,
        families=_PARSES_RECORDS,
        keywords=("nullable", "array null", "map null", "null array"),
    ),
    Advice(
        id="stream.duplicates",
        title="Some records arrive twice",
        cause="Delivery is at least once; a restart repeats the last batch.",
        fix=(
            clickhouse_sql(
                "Deduplicate by position.",
                "ENGINE = ReplacingMergeTree ORDER BY (_topic, _partition, _offset)",
            ),
            tool("create_kafka_clickpipe", "Otherwise, recreate a Kafka pipe with exactly_once."),
        ),
        documentation=docs("kafka/best-practices"),
        families=_STREAMS,
        keywords=("duplicate", "twice", "exactly once", "double"),
    ),
)
