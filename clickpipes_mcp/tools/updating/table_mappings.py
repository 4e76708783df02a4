"""Which tables an update of a database pipe means, held against those the pipe has."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import Problem
from clickpipes_mcp.live_rules import REMOVAL_NAMES_THE_MAPPING, TABLE_IS_MAPPED

MOST_REMOVED = 50
_TARGET = "targetTable"

SourceTable: TypeAlias = frozenset[tuple[str, object]]
"""The names that tell a source table, by the API's keys."""


def mapped_tables(pipe: Pipe) -> dict[SourceTable, object]:
    """The source tables of a pipe, and where each goes."""
    live = pipe.truth.arm_body.get("tableMappings")
    mappings = live if isinstance(live, list) else []
    return {_source_of(one): one.get(_TARGET) for one in mappings if isinstance(one, dict)}


def find_mapped(
    added: Sequence[Mapping[str, object]], mapped: Collection[SourceTable]
) -> Iterator[Problem]:
    """A source table that is mapped already: the API cannot change a mapping."""
    for index, one in enumerate(added):
        if _source_of(one) in mapped:
            yield Problem(
                f"source.table_mappings_to_add[{index}]",
                "this source table is mapped already, and a mapping cannot be changed",
                fix="To change it: remove it, drop or rename its target table, then add it in a "
                "second update.",
                rule=TABLE_IS_MAPPED.id,
            )


def find_mistakes(
    removed: Sequence[Mapping[str, object]], mapped: Mapping[SourceTable, object]
) -> Iterator[Problem]:
    """The API goes by the source table: a person shown another target would be misled."""
    for index, one in enumerate(removed):
        if mapped.get(_source_of(one), one.get(_TARGET)) != one.get(_TARGET):
            yield Problem(
                f"source.table_mappings_to_remove[{index}].target_table",
                "is not where this source table goes",
                fix="Take source and target from get_clickpipe.",
                rule=REMOVAL_NAMES_THE_MAPPING.id,
            )
    if len(removed) > MOST_REMOVED:
        yield Problem(
            "source.table_mappings_to_remove",
            f"must have at most {MOST_REMOVED} items, so that a person can read them",
            fix="Remove the tables in several calls.",
        )


def note_unmapped(
    removed: Sequence[Mapping[str, object]], mapped: Collection[SourceTable]
) -> Iterator[str]:
    """A removal of a table that the pipe does not have."""
    for index, one in enumerate(removed):
        if _source_of(one) not in mapped:
            yield f"source.table_mappings_to_remove[{index}]: the pipe does not map this table"


def _source_of(mapping: Mapping[str, object]) -> SourceTable:
    return frozenset(item for item in mapping.items() if item[0].startswith("source"))
