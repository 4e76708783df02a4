"""A table proposed for a sample: valid on a real engine, with its reasons."""

from dataclasses import dataclass

import pytest

from clickpipes_mcp.simulator.pipes.discovery import SAMPLES
from clickpipes_mcp.tools.insight.table_proposal import propose
from tests.clickhouse_engine import engine
from tests.serving import KAFKA, KINESIS, S3, facts

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Sampled:
    name: str
    type: str
    optional: bool | None = None


CASES = {
    **{name: [Sampled(*field) for field in fields] for name, fields in SAMPLES.items()},
    "nothing sortable": [Sampled("a", "Nullable(Int64)", True), Sampled("b", "Map(String, Int8)")],
    "odd names": [Sampled("a.b c`d", "String"), Sampled("it's", "DateTime")],
    "versions": [Sampled("tenant_id", "UInt32"), Sampled("id", "UUID"),
                 Sampled("status", "String"), Sampled("updated_at", "DateTime64(3)")],
    "json": [Sampled("payload", "JSON"), Sampled("tags", "Array(String)"), Sampled("n", "Int8")],
}  # fmt: skip


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def ddl(destination) -> str:
    """The table as ClickPipes makes it from a managed destination."""
    definition = destination["table_definition"]
    engine_of = definition["engine"]
    version = engine_of.get("version_column_id")
    columns = ", ".join(f"{quoted(one['name'])} {one['type']}" for one in destination["columns"])
    key = ", ".join(map(quoted, definition.get("sorting_key", [])))
    return (
        f"CREATE OR REPLACE TABLE {destination['database']}.{quoted(destination['table'])} "
        f"({columns}) ENGINE = {engine_of['type']}({quoted(version) if version else ''}) "
        f"ORDER BY ({key})"
    )


@pytest.mark.sql
@pytest.mark.parametrize("case", CASES)
def test_the_proposal_can_be_created_on_a_real_engine(tmp_path, case) -> None:
    proposal = propose(CASES[case], {"topics": "orders"})

    with engine(tmp_path) as server:
        server.run(ddl(proposal.destination))
        described = server.run(f"DESCRIBE TABLE default.{proposal.destination['table']}")

    assert [row["name"] for row in described] == [field.name for field in CASES[case]]
    assert proposal.reasons


def test_few_values_become_low_cardinality_and_lead_the_sorting_key() -> None:
    proposal = propose([Sampled("id", "UInt64"), Sampled("status", "String"),
                         Sampled("seen_at", "DateTime")], {})  # fmt: skip

    columns = {one["name"]: one["type"] for one in proposal.destination["columns"]}
    assert columns["status"] == "LowCardinality(String)"
    assert proposal.destination["table_definition"] == {
        "engine": {"type": "MergeTree"},
        "sorting_key": ["status", "seen_at", "id"],
    }


def test_rows_with_an_id_and_a_version_replace_each_other() -> None:
    definition = propose(CASES["versions"], {}).destination["table_definition"]

    assert definition == {
        "engine": {"type": "ReplacingMergeTree", "version_column_id": "updated_at"},
        "sorting_key": ["tenant_id", "id"],
    }


def test_nothing_nullable_is_sorted_by() -> None:
    assert (
        "sorting_key" not in propose(CASES["nothing sortable"], {}).destination["table_definition"]
    )


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ({"topics": "shop.orders"}, "shop_orders"),
        ({"stream_name": "Clicks-v2"}, "clicks_v2"),
        ({"url": "https://b.s3.amazonaws.com/exports/2026/*.json"}, "t_2026"),
        ({}, "my_table"),
    ],
)
def test_the_table_is_named_as_what_fills_it(source, table) -> None:
    assert propose([Sampled("a", "String")], source).destination["table"] == table


@pytest.mark.parametrize(
    ("kind", "body"), [("kafka", KAFKA), ("kinesis", KINESIS), ("s3", S3)], ids=str
)
async def test_the_create_tool_takes_the_proposal_as_it_stands(serve, kind, body) -> None:
    served = await serve()
    found = facts(await served.call("discover_source_schema", kind=kind, source=body["source"]))

    made = facts(
        await served.call(
            f"create_{kind}_clickpipe",
            name="proposed",
            source=body["source"],
            destination=found["proposal"],
            dry_run=True,
        )
    )

    assert not any("destination" in warning for warning in made["warnings"])
