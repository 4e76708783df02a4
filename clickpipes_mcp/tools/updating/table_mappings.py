"""Which tables an update of a database pipe means, held against those the pipe has."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import Problem
from clickpipes_mcp.live_rules import REMOVAL_NAMES_THE_MAPPING, TABLE_IS_MAPPED
from clickpipes_mcp.tools.updating.edits import ADD, REMOVE, Edit

MOST_REMOVED = 50
_TARGET = "targetTable"

SourceTable: TypeAlias = frozenset[tuple[str, object]]
"""The names that tell a source table, by the API's keys."""


def mapped_tables(pipe: Pipe) -> dict[SourceTable, object]:
    """The source tables of a pipe, and where each goes."""
    live = pipe.truth.arm_body.get("tableMappings")
    mappings = live if isinstance(live, list) else []
    return {_source_of(one): one.get(_TARGET) for one in mappings if isinstance(one, dict)}


def find_mapped(edit: Edit, mapped: Collection[SourceTable]) -> Iterator[Problem]:
    """A source table that is mapped already: the API cannot change a mapping."""
    for index, one in enumerate(edit.mappings(ADD)):
        if _source_of(one) in mapped:
            yield Problem(
                edit.spelled("table_mappings_to_add", index),
                "this source table is mapped already, and a mapping cannot be changed",
                fix="To change it: remove it, drop or rename its target table, then add it in a "
                "second update.",
                rule=TABLE_IS_MAPPED.id,
            )


def find_mistakes(edit: Edit, mapped: Mapping[SourceTable, object]) -> Iterator[Problem]:
    """The API goes by the source table: a person shown another target would be misled."""
    for index, one in enumerate(edit.mappings(REMOVE)):
        if mapped.get(_source_of(one), one.get(_TARGET)) != one.get(_TARGET):
            yield Problem(
                edit.spelled("table_mappings_to_remove", index, "target_table"),
                "is not where this source table goes",
                fix="Take source and target from get_clickpipe.",
                rule=REMOVAL_NAMES_THE_MAPPING.id,
            )
    if len(edit.mappings(REMOVE)) > MOST_REMOVED:
        yield Problem(
            edit.spelled("table_mappings_to_remove"),
            f"must have at most {MOST_REMOVED} items, so that a person can read them",
            fix="Remove the tables in several calls.",
        )


def note_unmapped(edit: Edit, mapped: Collection[SourceTable]) -> Iterator[str]:
    """A removal of a table that the pipe does not have."""
    for index, one in enumerate(edit.mappings(REMOVE)):
        if _source_of(one) not in mapped:
            place = edit.spelled("table_mappings_to_remove", index)
            yield f"{place}: The pipe does not map this table."


def _source_of(mapping: Mapping[str, object]) -> SourceTable:
    return frozenset(item for item in mapping.items() if item[0].startswith("source"))
