"""Which tables are meant, told by the names of the source table alone."""

from collections.abc import Mapping
from typing import Any

import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.tools.updating.edits import ADD, REMOVE, Edit
from clickpipes_mcp.tools.updating.table_mappings import (
    MOST_REMOVED,
    find_mapped,
    find_mistakes,
    mapped_tables,
    note_unmapped,
)

ORDERS = {"sourceSchemaName": "public", "sourceTable": "orders", "targetTable": "public_orders"}
PIPE = Pipe.model_validate({"id": "a pipe", "source": {"postgres": {"tableMappings": [ORDERS]}}})
MAPPED = mapped_tables(PIPE)
OF_ANOTHER_SCHEMA = ORDERS | {"sourceSchemaName": "archive"}
ELSEWHERE = ORDERS | {"targetTable": "another"}


def edit(key: str, *mappings: Mapping[str, Any]) -> Edit:
    source: dict[str, Any] = {"postgres": {key: list(mappings)}}
    return Edit(PIPE, source_named("postgres"), {"source": source})


def adding(*mappings: Mapping[str, Any]) -> Edit:
    return edit(ADD, *mappings)


def removing(*mappings: Mapping[str, Any]) -> Edit:
    return edit(REMOVE, *mappings)


def test_a_table_is_told_by_its_schema_and_its_name() -> None:
    assert list(find_mapped(adding(OF_ANOTHER_SCHEMA), MAPPED)) == []
    (problem,) = find_mapped(adding(OF_ANOTHER_SCHEMA, ELSEWHERE), MAPPED)
    assert problem.path == "source.table_mappings_to_add[1]"


def test_a_removal_that_names_another_target_is_a_mistake() -> None:
    assert list(find_mistakes(removing(ORDERS, OF_ANOTHER_SCHEMA), MAPPED)) == []
    (problem,) = find_mistakes(removing(ORDERS, ELSEWHERE), MAPPED)
    assert problem.path == "source.table_mappings_to_remove[1].target_table"


@pytest.mark.parametrize(("count", "problems"), [(MOST_REMOVED, 0), (MOST_REMOVED + 1, 1)])
def test_no_more_tables_are_removed_at_once_than_a_person_can_read(count, problems) -> None:
    removed = [ORDERS | {"sourceTable": f"t{number}"} for number in range(count)]
    assert len(list(find_mistakes(removing(*removed), MAPPED))) == problems


def test_a_removal_of_a_table_that_is_not_mapped_is_noted() -> None:
    (note,) = note_unmapped(removing(ORDERS, OF_ANOTHER_SCHEMA), MAPPED)
    assert note.startswith("source.table_mappings_to_remove[1]")
