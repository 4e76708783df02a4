"""Two pipes into one table are noticed from the list that is read anyway."""

import copy
from typing import Any

import pytest

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.tools.shared_tables import begins_anew
from tests.guides.losses import body_of
from tests.serving import KAFKA, POSTGRES, error, facts, said, telling
from tests.tools.test_dry_run import creating

pytestmark = pytest.mark.anyio
each_source = pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)


def told(result: Any) -> list[str]:
    """The warnings of another pipe that fills the same table."""
    return [one for one in facts(result).get("warnings", ()) if "fills" in one]


def kafka(name: str, table: str, **source: Any) -> dict[str, Any]:
    body = copy.deepcopy(KAFKA)
    body["name"], body["destination"]["table"] = name, table
    body["source"]["kafka"] |= source
    return body


@each_source
def test_where_a_new_pipe_begins_is_decided_by_fields_of_the_source(spec) -> None:
    schema = full_schema(spec.create)["properties"]["source"]
    assert spec.beginnings
    for beginning in spec.beginnings:
        node = schema
        for step in beginning.path:
            node = node["properties"][snake_case(step)]
        assert set(beginning.anew) <= set(node.get("enum", beginning.anew))
        assert f"source.{snake_case(beginning.path[0])}" in beginning.advice


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
@each_source
async def test_a_second_pipe_into_a_table_is_noticed(serve, spec, dry_run) -> None:
    served = await serve(sources=(spec.key,))
    case = creating(spec)
    made = facts(await served.call(case.tool, **case.arguments))
    first = made["clickpipe"]["id"]
    arguments = {**case.arguments, "name": "another"}
    before = len(served.plane.arrived)

    (warning,) = told(await served.call(case.tool, **arguments, dry_run=dry_run))

    assert first in warning
    assert len([r for r in served.plane.arrived[before:] if r.method == "GET"]) <= 3


async def test_a_pipe_into_a_table_of_its_own_is_not_warned_of(serve) -> None:
    served = await serve()
    await served.pipe(kafka("orders", "orders"))

    made = await served.call("create_kafka_clickpipe", **kafka("returns", "returns"))

    assert told(made) == []


async def test_the_same_topic_twice_is_told_with_the_arguments_that_avoid_it(serve) -> None:
    served = await serve()
    await served.pipe(kafka("orders", "orders"))

    (warning,) = told(
        await served.call("create_kafka_clickpipe", **kafka("again", "orders"), dry_run=True)
    )

    assert "arrives twice: every message that the source still keeps" in warning
    assert "source.offset" in warning
    assert "another destination.table" in warning


async def test_what_avoids_it_is_not_advised_again(serve) -> None:
    served = await serve()
    await served.pipe(kafka("orders", "orders"))
    late = kafka("again", "orders", offset={"strategy": "from_latest"})

    (warning,) = told(await served.call("create_kafka_clickpipe", **late, dry_run=True))

    assert "while both run" in warning
    assert "To avoid" not in warning


async def test_another_topic_into_the_table_is_told_as_that(serve) -> None:
    served = await serve()
    await served.pipe(kafka("orders", "orders"))
    other = kafka("again", "orders", topics="returns")

    (warning,) = told(await served.call("create_kafka_clickpipe", **other, dry_run=True))

    assert "side by side" in warning
    assert "twice" not in warning


async def test_a_pipe_that_is_being_deleted_is_not_counted(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(kafka("orders", "orders"))
    await served.call("delete_clickpipe", clickpipe=pipe)

    made = await served.call("create_kafka_clickpipe", **kafka("again", "orders"), dry_run=True)

    assert told(made) == []


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
async def test_a_table_that_an_update_adds_is_held_against_the_others(serve, dry_run) -> None:
    served = await serve()
    other = await served.pipe(kafka("items", "public_items"))
    pipe = await served.pipe(POSTGRES, state="stopped")
    added = {"sourceSchemaName": "public", "sourceTable": "items", "targetTable": "public_items"}

    (warning,) = told(
        await served.call(
            "update_clickpipe",
            clickpipe=pipe,
            source={"tableMappingsToAdd": [added]},
            dry_run=dry_run,
        )
    )

    assert other in warning
    assert "default.public_items" in warning
    assert "where columns differ" in warning
    assert "another target_table" in warning


async def test_a_move_into_the_table_of_another_pipe_is_noticed(serve) -> None:
    served = await serve()
    other = await served.pipe(kafka("orders", "orders"))
    pipe = await served.pipe(kafka("returns", "returns", topics="returns"))

    (warning,) = told(
        await served.call(
            "update_clickpipe", clickpipe=pipe, destination={"table": "orders"}, dry_run=True
        )
    )

    assert other in warning


@pytest.mark.parametrize(
    ("change", "wanted", "unwanted"),
    [
        ({"format": "Avro"}, "a second time. To avoid that, give source.offset", "beside"),
        ({"topics": "returns"}, "stand beside", "second time"),
    ],
    ids=["same topic", "another topic"],
)
async def test_a_recreation_says_what_arrives_twice(serve, change, wanted, unwanted) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    shown = facts(
        await served.call("update_clickpipe", clickpipe=pipe, source=change, dry_run=True)
    )

    effects = " ".join(shown["effects"])
    assert wanted in effects
    assert unwanted not in effects


@each_source
def test_the_beginning_of_every_source_can_be_avoided(spec) -> None:
    assert begins_anew(spec, {})


async def test_a_refused_create_says_nothing_of_tables(serve) -> None:
    served = await serve()
    await served.pipe(kafka("orders", "orders"))

    refused = await served.call(
        "create_kafka_clickpipe", **kafka("orders", "orders", topics="returns")
    )

    assert error(refused)["code"] == "conflict"
    assert "Another ClickPipe" not in said(refused)


@each_source
async def test_deleting_says_how_a_new_pipe_does_not_read_everything_again(serve, spec) -> None:
    served = await serve(sources=(spec.key,))
    case = creating(spec)
    made = facts(await served.call(case.tool, **case.arguments))["clickpipe"]["id"]

    shown = facts(await served.call("delete_clickpipe", clickpipe=made, dry_run=True))

    assert spec.beginnings[0].advice in shown["effects"][-1]


async def test_a_recreation_that_reads_only_changes_says_so(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    change = {"settings": {"replication_mode": "cdc_only"}}

    shown = facts(
        await served.call("update_clickpipe", clickpipe=pipe, source=change, dry_run=True)
    )

    effects = " ".join(shown["effects"])
    assert "Rows that exist already are not loaded" in effects
    assert "second time" not in effects


async def test_a_recreation_that_begins_later_brings_nothing_a_second_time(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    change = {"offset": {"strategy": "from_latest"}}

    shown = facts(
        await served.call("update_clickpipe", clickpipe=pipe, source=change, dry_run=True)
    )

    assert "while both run arrives twice" in " ".join(shown["effects"])
    assert "second time" not in " ".join(shown["effects"])


async def test_what_the_api_hides_is_not_taken_for_something_else(serve) -> None:
    served = await serve(sources=("azure_blob",))
    azure = source_named("azure_blob")
    body = body_of(azure)
    await served.pipe(body)
    hidden = {azure.arm: {"azureContainerName": "", "path": ""}}
    served.plane.retell = telling(hidden)
    case = creating(azure)

    (warning,) = told(
        await served.call(case.tool, **{**case.arguments, "name": "another"}, dry_run=True)
    )

    assert "does not show all of what the other one reads" in warning
    assert "side by side" not in warning
