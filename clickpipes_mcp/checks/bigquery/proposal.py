"""From what was seen of a BigQuery project to the fields of a pipe that copies it."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.bigquery.facts import Facts, Table
from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.counting import counted

_MB: Final = 1024 * 1024
_AS_TEXT: Final = ("STRUCT", "RECORD", "TIME", "JSON", "GEOGRAPHY", "BYTES", "RANGE", "INTERVAL")
"""Types that become String. Source: ClickHouse docs, integrations/clickpipes/bigquery/overview."""


def propose(facts: Facts) -> Mapping[str, JsonValue]:
    """The settings, and the mappings of the tables that can be copied."""
    mappings: list[JsonValue] = [_mapping(one) for one in facts.found if one.kind == "TABLE"]
    if not mappings:
        return {}
    return {"settings": {"replication_mode": "snapshot"}, "table_mappings": mappings}


def _mapping(table: Table) -> dict[str, JsonValue]:
    """Only a declared key says that rows with equal keys are one row."""
    dataset, name = table.place
    mapping: dict[str, JsonValue] = {
        "source_dataset_name": dataset,
        "source_table": name,
        "target_table": f"{dataset}_{name}",
        "table_engine": "ReplacingMergeTree" if table.key else "MergeTree",
    }
    keys: list[JsonValue] = list(table.key or table.clustering)
    if keys:
        mapping |= {"use_custom_sorting_key": True, "sorting_keys": keys}
    return mapping


def notes_on(facts: Facts) -> Iterator[str]:
    """What is worth knowing of the tables before a pipe is made."""
    tables = [one for one in facts.found if one.kind == "TABLE"]
    if tables:
        rows, size = sum(one.rows for one in tables), sum(one.size_bytes for one in tables)
        yield f"The copy reads about {rows:,} rows, {size / _MB:,.0f} MB, as BigQuery tells."
    text = [
        f"{table.called}.{name}"
        for table in tables
        for name, column in table.columns.items()
        if text_of(column, "type") in _AS_TEXT
    ]
    if text:
        yield f"{listed(text)}: of types that become String."
    unsorted = [one.called for one in tables if not (one.key or one.clustering)]
    if unsorted and not facts.wish.mappings:
        yield (
            f"{listed(unsorted)}: no key and no clustering is declared. Give sorting_keys, or "
            "every query reads all of the table."
        )
    if facts.is_cut:
        first = counted(len(facts.tables), "table was", "tables were")
        yield f"Only the first {first} looked at. Name the others to see."
