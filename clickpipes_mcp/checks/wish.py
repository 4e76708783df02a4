"""What a pipe is to do with the tables of a database, and the mappings that are proposed for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of

MOST_PROPOSED: Final = 50
"""Tables; more would fill the conversation."""


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for: the flavour, the settings, and the mappings by their table."""

    kind: str
    settings: Mapping[str, JsonValue]
    mappings: Mapping[tuple[str, str], Mapping[str, JsonValue]]

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue], usual_kind: str) -> Self:
        """Reads it from a configuration under the API's keys."""
        given = configuration.get("tableMappings")
        mappings = (
            [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        )
        return cls(
            text_of(configuration, "type") or usual_kind,
            part_of(configuration, "settings"),
            {
                (text_of(one, "sourceSchemaName"), text_of(one, "sourceTable")): one
                for one in mappings
            },
        )

    @property
    def copies_once(self) -> bool:
        return text_of(self.settings, "replicationMode") == "snapshot"

    def excluded(self, place: tuple[str, str]) -> frozenset[object]:
        """The columns of a table that the mapping leaves out."""
        given = self.mappings.get(place, {}).get("excludedColumns")
        return frozenset(given) if isinstance(given, list) else frozenset()


def mapping_of(
    place: tuple[str, str], *, left_out: Iterable[str] = (), sorted_by: Iterable[str] = ()
) -> JsonValue:
    """A table in the words of a create tool; `sorted_by` where it has no key of its own."""
    schema, table = place
    mapping: dict[str, JsonValue] = {
        "source_schema_name": schema,
        "source_table": table,
        "target_table": f"{schema}_{table}",
        "table_engine": "ReplacingMergeTree",
    }
    excluded: list[JsonValue] = list(left_out)
    keys: list[JsonValue] = list(sorted_by)
    if excluded:
        mapping["excluded_columns"] = excluded
    if keys:
        mapping |= {"use_custom_sorting_key": True, "sorting_keys": keys}
    return mapping


def proposed(mappings: list[JsonValue]) -> Mapping[str, JsonValue]:
    """The fields of a source that reads these tables; nothing where there are none."""
    if not mappings:
        return {}
    return {"settings": {"replication_mode": "cdc"}, "table_mappings": mappings[:MOST_PROPOSED]}
