"""Tables a pipe created differently than they were meant."""

from collections.abc import Mapping

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import CLICKPIPES, PROVIDER, docs, thread
from clickpipes_mcp.diagnosis._predicates import any_item, both, configured
from clickpipes_mcp.diagnosis._rule import Advice, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import START, STOP, TABLES, anew, clickhouse_sql, tool

_DATABASE = (Family.DATABASE,)
_REMAP = (
    STOP,
    tool("update_clickpipe", "Remove the mapping.", changes=TABLES),
    clickhouse_sql("Keep or drop its table.", "RENAME TABLE <table> TO <table>_old"),
)


def _sorts_in_vain(mapping: Mapping[str, object]) -> bool:
    return bool(mapping.get("sortingKeys")) and not mapping.get("useCustomSortingKey")


RULES: tuple[Rule, ...] = (
    Rule(
        id="mapping.keeps-every-version",
        title="A mapped table keeps every version of a row",
        cause="Its engine is MergeTree, given or implied: nothing is deduplicated, and FINAL is "
        "not possible.",
        fix=(
            *_REMAP,
            tool(
                "update_clickpipe",
                "Add it again with table_engine ReplacingMergeTree.",
                changes=TABLES,
            ),
            START,
        ),
        documentation=docs("postgres/deduplication"),
        families=_DATABASE,
        severity=Severity.NOTE,
        patterns=(r"ILLEGAL_FINAL", r"doesn't support FINAL"),
        predicate=both(
            any_item(
                "source.tableMappings[]",
                lambda mapping: mapping.get("tableEngine") == "MergeTree",
                "A table mapping has tableEngine MergeTree.",
            ),
            configured("source.settings.replicationMode", "cdc", "cdc_only"),
        ),
        examples=(
            "Storage MergeTree doesn't support FINAL (ILLEGAL_FINAL)",
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={
                    "settings": {"replicationMode": "cdc"},
                    "tableMappings": [{"sourceTable": "orders", "tableEngine": "MergeTree"}],
                },
            ),
        ),
    ),
    Rule(
        id="mapping.sorting-keys-ignored",
        title="The sorting keys of a mapping are ignored",
        cause="They are applied only where use_custom_sorting_key is true.",
        fix=(
            *_REMAP,
            tool(
                "update_clickpipe", "Add it again with use_custom_sorting_key true.", changes=TABLES
            ),
            START,
        ),
        documentation=docs("postgres/ordering-keys"),
        families=_DATABASE,
        severity=Severity.WARNING,
        predicate=any_item(
            "source.tableMappings[]",
            _sorts_in_vain,
            "A table mapping has sortingKeys without useCustomSortingKey.",
        ),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={"tableMappings": [{"sortingKeys": ["id"], "useCustomSortingKey": False}]},
            ),
        ),
    ),
    Rule(
        id="destination.engine-null",
        title="The target keeps nothing: its engine is Null",
        cause="Rows only pass through it to materialized views.",
        fix=(
            clickhouse_sql(
                "See which views read it.",
                "SELECT name, as_select FROM system.tables WHERE engine = 'MaterializedView' AND "
                "as_select ILIKE '%<table>%'",
            ),
        ),
        documentation=CLICKPIPES,
        families=(Family.STREAMING, Family.OBJECT_STORAGE),
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        predicate=configured("destination.tableDefinition.engine.type", "Null", "Null()"),
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                destination={"tableDefinition": {"engine": {"type": "Null"}}},
            ),
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="destination.rows-filtered",
        title="Rows arrive but cannot be seen, or vanish",
        cause="A row policy hides them, or a TTL removes them.",
        fix=(
            clickhouse_sql("Look for policies.", "SELECT * FROM system.row_policies"),
            clickhouse_sql("Look for a TTL.", "SHOW CREATE TABLE <database>.<table>"),
        ),
        documentation=docs("postgres/faq"),
        keywords=("vanish", "disappear", "missing rows", "row policy", "ttl", "filtered"),
    ),
    Advice(
        id="destination.key-not-applied",
        title="A table was created without its keys",
        cause="Older versions of the API and the Terraform provider lost the definition.",
        fix=(
            clickhouse_sql("Check the table.", "SHOW CREATE TABLE <database>.<table>"),
            anew("Recreate pipe and table if the keys are missing."),
        ),
        documentation=thread(PROVIDER, 338),
        keywords=("order by tuple", "sorting key", "primary key", "slow query"),
    ),
    Advice(
        id="pipe.gave-up",
        title="A pipe whose destination was away for an hour has stopped",
        cause="After an hour without destination, or a quarter of an hour without source, a pipe "
        "gives up.",
        fix=(START,),
        documentation=CLICKPIPES,
        keywords=("stopped by itself", "stopped alone", "after maintenance"),
    ),
)
