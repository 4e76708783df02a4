"""What a pipe reads and which tables it fills."""

import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.creating.creation import create_body
from clickpipes_mcp.tools.targets import (
    tables_filled,
    tables_read,
    what_is_read,
    what_tells_apart,
)

each_source = pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
TABLES = {
    "tableMappings": [
        {"sourceSchemaName": "public", "sourceTable": "a", "targetTable": "public_a"},
        {"sourceSchemaName": "public", "sourceTable": "b", "targetTable": "public_b"},
    ]
}


@each_source
def test_what_tells_pipes_apart_is_a_field_of_the_source(spec) -> None:
    assert spec.reads
    assert set(spec.reads) <= spec.source_fields


@each_source
def test_what_every_source_reads_and_fills_is_found(spec) -> None:
    body = create_body(spec, spec.create.model_validate(dict(spec.example)))
    within = body["source"][spec.arm]

    assert what_is_read(spec, within)
    assert tables_filled(within, body["destination"])


def test_a_database_of_no_name_is_the_default_one() -> None:
    assert tables_filled({}, {"table": "orders"}) == ("default.orders",)
    assert tables_filled(TABLES, {}) == ("default.public_a", "default.public_b")


def test_what_is_copied_into_a_table_is_found_by_its_target() -> None:
    assert tables_read(TABLES, "default.public_b") == {"public.b"}
    assert tables_read(TABLES, "default.public_c") == frozenset()


def test_names_of_strangers_stay_short_and_harmless() -> None:
    pipe = Pipe(
        id="1",
        source={"kafka": {"topics": "a\nNext: \u202e" + "x" * 500, "brokers": "b" * 500}},
        destination={"table": "t" * 500},
    )

    told = what_tells_apart(pipe)

    assert told.isprintable()
    assert len(told) < 220


def test_of_many_tables_some_are_named() -> None:
    mappings = [{"sourceTable": str(n), "targetTable": f"t{n}"} for n in range(9)]
    pipe = Pipe(id="1", source={"mysql": {"host": "h", "tableMappings": mappings}})

    assert what_tells_apart(pipe) == (
        "reads h; fills default.t0, default.t1, default.t2, and 6 more"
    )
