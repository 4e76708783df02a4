"""What a dry run tells: requests, the verdict on every field, what it breaks and costs."""

from typing import Any

import pytest
from rs_bpe.bpe import openai

from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.updating.plans import MAY_FOLLOW
from tests.examples import BODY_OF, DOCUMENTED
from tests.serving import (
    BIGQUERY,
    KAFKA,
    MONGODB,
    MYSQL,
    PIPES,
    POSTGRES,
    S3,
    Served,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

USUAL_DRY_RUN = 600
ADDED = {"sourceSchemaName": "public", "sourceTable": "items", "targetTable": "public_items"}


async def foretold(served: Served, body: dict[str, Any], *, state: str = "settled", **change: Any):
    """The answer of a dry run of an update, which sends nothing."""
    pipe = await served.pipe(body, state=state)
    told = facts(await served.call("update_clickpipe", clickpipe=pipe, dry_run=True, **change))
    assert served.plane.writes == []
    assert "nothing was sent" in told["summary"]
    return told


def verdicts(told: dict[str, Any]) -> dict[str, str]:
    return {row["field"]: row["verdict"] for row in told["changes"]}


def change_of(told: dict[str, Any], field: str) -> dict[str, Any]:
    return next(row for row in told["changes"] if row["field"] == field)


async def test_a_field_is_shown_from_what_to_what(serve) -> None:
    told = await foretold(await serve(), KAFKA, name="orders two")

    assert told["changes"] == [
        {"field": "name", "verdict": "in place", "before": KAFKA["name"], "after": "orders two"}
    ]


async def test_a_field_that_stays_as_it_is_says_so(serve) -> None:
    told = await foretold(await serve(), KAFKA, name="new", source={"authentication": "PLAIN"})

    assert verdicts(told)["source.authentication"] == "unchanged"


async def test_a_secret_is_only_said_to_be_replaced(serve) -> None:
    credentials = {"username": "reader", "password": "canary-of-the-diff"}
    told = await foretold(await serve(), KAFKA, source={"credentials": credentials})

    assert change_of(told, "source.credentials.password") == {
        "field": "source.credentials.password",
        "verdict": "in place",
        "after": "will be replaced",
    }
    assert "canary-of-the-diff" not in str(told)
    assert told["request"]["body"]["source"]["kafka"]["credentials"]["password"] == MASK


async def test_private_endpoints_in_another_order_are_no_change(serve) -> None:
    ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    source = KAFKA["source"]["kafka"] | {"reversePrivateEndpointIds": ids}
    told = await foretold(
        await serve(),
        KAFKA | {"source": {"kafka": source}},
        source={"reverse_private_endpoint_ids": ids[::-1]},
    )

    assert verdicts(told) == {"source.reverse_private_endpoint_ids": "unchanged"}


async def test_columns_are_compared_one_by_one_in_any_order(serve) -> None:
    columns = [*KAFKA["destination"]["columns"][::-1], {"name": "added", "type": "String"}]
    told = await foretold(await serve(), KAFKA, destination={"columns": columns})

    assert change_of(told, "destination.columns.added") == {
        "field": "destination.columns.added",
        "verdict": "in place",
        "before": "absent",
        "after": "String",
    }
    assert verdicts(told)["destination.columns"] == "unchanged"
    assert "not altered" in told["effects"][0]


async def test_mappings_of_files_show_the_columns_sent_along(serve) -> None:
    mapping = {"source_field": "other", "destination_field": "id"}
    told = await foretold(await serve(), S3, field_mappings=[mapping])

    assert told["request"]["body"]["destination"] == {"columns": S3["destination"]["columns"]}
    assert verdicts(told)["destination.columns"] == "unchanged"
    assert change_of(told, "field_mappings.id")["after"] == "other"


async def test_settings_are_compared_with_those_in_force(serve) -> None:
    settings = {"object_storage_max_file_count": 100, "clickhouse_max_threads": 8}
    told = await foretold(await serve(), S3, name="new", settings=settings)

    assert [request["method"] for request in told["requests"]] == ["PATCH", "PUT"]
    assert verdicts(told)["settings.object_storage_max_file_count"] == "unchanged"
    assert verdicts(told)["settings.clickhouse_max_threads"] == "in place"


FIXED = [(spec, field) for spec in SOURCES for field in spec.immutable if "." not in field]


@pytest.mark.parametrize(("spec", "field"), FIXED, ids=lambda part: getattr(part, "key", part))
async def test_what_is_fixed_at_creation_needs_a_new_pipe(serve, spec, field) -> None:
    served = await serve()
    body = BODY_OF[spec.key]

    told = await foretold(served, body, source={field: "anything"})

    assert verdicts(told) == {f"source.{field}": "recreate"}
    assert f"create_{spec.key}_clickpipe" in told["effects"][0]
    assert told["effects"][1].startswith("Lost: the pipe")
    assert "request" not in told


async def test_a_fixed_setting_of_a_database_needs_a_new_pipe(serve) -> None:
    told = await foretold(
        await serve(), MYSQL, source={"mysql": {"settings": {"replicationMode": "snapshot"}}}
    )

    assert told["changes"] == [
        {
            "field": "source.settings.replication_mode",
            "verdict": "recreate",
            "before": "cdc",
            "after": "snapshot",
        }
    ]


async def test_the_destination_table_needs_a_new_pipe(serve) -> None:
    told = await foretold(await serve(), KAFKA, name="new", destination={"table": "other"})

    assert verdicts(told) == {"destination.table": "recreate", "name": "in place"}
    assert "would be refused" in told["summary"]


async def test_every_field_of_a_bigquery_source_needs_a_new_pipe(serve) -> None:
    source = {"snapshotStagingPath": "gs://other", "credentials": {"serviceAccountFile": "canary"}}
    told = await foretold(await serve(), BIGQUERY, source=source)

    assert set(verdicts(told).values()) == {"recreate"}
    assert "canary" not in str(told)


async def test_an_unknown_field_of_a_bigquery_source_is_no_plan(serve) -> None:
    served = await serve()
    pipe = await served.pipe(BIGQUERY)

    refusal = error(
        await served.call("update_clickpipe", clickpipe=pipe, dry_run=True, source={"colour": "x"})
    )

    assert refusal["code"] == "conflict"


async def test_a_wrong_value_is_refused_in_a_dry_run_too(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    refusal = error(
        await served.call(
            "update_clickpipe", clickpipe=pipe, dry_run=True, source={"authentication": "none"}
        )
    )

    assert refusal["problems"][0]["field"] == "source.authentication"


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ({"table_mappings_to_add": [ADDED]}, "needs the pipe paused"),
        ({"settings": {"sync_interval_seconds": 30}}, "needs the pipe paused"),
        ({"tls_host": "db.example.com"}, "in place"),
    ],
    ids=str,
)
async def test_what_needs_a_paused_pipe_says_so(serve, source, verdict) -> None:
    told = await foretold(await serve(), POSTGRES, state="stopped", source=source)

    assert set(verdicts(told).values()) == {verdict}


async def test_a_pause_shows_every_request_in_its_order(serve) -> None:
    served = await serve()

    told = await foretold(
        served, POSTGRES, pause_if_needed=True, source={"table_mappings_to_add": [ADDED]}
    )

    (pipe,) = await served.pipes()
    assert told["requests"] == [
        {"method": "PATCH", "path": f"{PIPES}/{pipe}/state", "body": {"command": "stop"}},
        {
            "method": "PATCH",
            "path": f"{PIPES}/{pipe}",
            "body": {"source": {"postgres": {"tableMappingsToAdd": [ADDED]}}},
        },
        {
            "method": "PATCH",
            "path": f"{PIPES}/{pipe}/state",
            "body": {"command": "start"},
            "note": MAY_FOLLOW,
        },
    ]
    assert told["effects"][0] == "The call without dry_run asks a person first."
    assert "Ingestion stops" in told["effects"][1]
    assert "$0.10/GB" in told["costs"][0]


async def test_a_pipe_that_is_paused_again_shows_that_request_last(serve) -> None:
    told = await foretold(
        await serve(),
        POSTGRES,
        state="stopped",
        pause_if_needed=True,
        source={"settings": {"pull_batch_size": 10}},
    )

    assert [request["body"] for request in told["requests"]][1:] == [{"command": "stop"}]


async def test_without_a_pause_the_dry_run_says_that_the_call_would_be_refused(serve) -> None:
    told = await foretold(await serve(), POSTGRES, source={"table_mappings_to_add": [ADDED]})

    assert "would be refused" in told["summary"]
    assert told["next_actions"][0]["arguments"]["pause_if_needed"] is True


async def test_a_removed_table_is_told(serve) -> None:
    removed = POSTGRES["source"]["postgres"]["tableMappings"][0]
    told = await foretold(
        await serve(), POSTGRES, state="stopped", source={"table_mappings_to_remove": [removed]}
    )

    row = change_of(told, "source.table_mappings (removed)")
    assert row["before"].endswith(f"-> {removed['targetTable']}")
    assert any("destination tables stay" in effect for effect in told["effects"])


async def test_many_changes_are_counted_not_listed(serve) -> None:
    columns = [{"name": f"c{number}", "type": "String"} for number in range(100)]
    told = await foretold(await serve(), KAFKA, destination={"columns": columns})

    assert len(told["changes"]) == 26
    assert told["changes"][-1]["field"].endswith("more")


async def test_an_unchanged_address_is_told_in_a_dry_run(serve) -> None:
    uri = MONGODB["source"]["mongodb"]["uri"]
    told = await foretold(await serve(), MONGODB, source={"uri": uri})

    assert "already" in told["summary"]
    assert "source.uri" in told["warnings"][0]


async def test_a_size_shows_what_it_costs_now_and_then(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    size = {"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 2}

    told = facts(await served.call("scale_clickpipe", clickpipe=pipe, dry_run=True, **size))

    assert told["changes"][0] == {
        "field": "replicas",
        "verdict": "in place",
        "before": "1",
        "after": "2",
    }
    assert "$0.10 an hour instead of $0.0125" in told["costs"][0]


async def test_the_shared_size_shows_what_it_costs_now_and_then(serve) -> None:
    served = await serve()
    await served.pipe(POSTGRES)
    size = {"replica_cpu_millicores": 4000, "replica_memory_gb": 16}

    told = facts(await served.call("update_cdc_scaling", dry_run=True, **size))

    assert {row["field"]: row["before"] for row in told["changes"]} == {
        "replica_cpu_millicores": "2000",
        "replica_memory_gb": "8",
    }
    assert "$0.40 an hour instead of $0.20" in told["costs"][0]
    assert "every database pipe" in told["effects"][0]


async def test_a_setting_nobody_set_is_compared_with_its_default(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    settings = {"streaming_max_insert_wait_ms": 5000, "kafka_read_committed": True}

    told = facts(
        await served.call(
            "update_clickpipe_settings", clickpipe=pipe, dry_run=True, settings=settings
        )
    )

    assert verdicts(told) == {
        "streaming_max_insert_wait_ms": "unchanged",
        "kafka_read_committed": "in place",
    }


@pytest.mark.parametrize(
    ("tool", "lost", "cost"),
    [
        ("stop", "keep its WAL", "while paused too"),
        ("resync", "second full initial load", "$0.10/GB"),
        ("delete", "replication slot", "last database pipe"),
        ("start", "goes on where it stopped", "$0.20/GB"),
    ],
)
async def test_a_command_tells_what_it_breaks_and_costs(serve, tool, lost, cost) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES, state="stopped")

    told = facts(await served.call(f"{tool}_clickpipe", clickpipe=pipe, dry_run=True))

    assert lost in " ".join(told["effects"])
    assert cost in " ".join(told["costs"])
    asks = "The call without dry_run asks a person first." in told.get("warnings", [])
    assert asks is (tool != "start")
    assert served.plane.writes == []


@pytest.mark.parametrize(("key", "body"), DOCUMENTED.items(), ids=DOCUMENTED)
async def test_a_usual_dry_run_of_a_create_is_small_and_tells_its_costs(serve, key, body) -> None:
    served = await serve()

    result = await served.call(f"create_{key}_clickpipe", **body, dry_run=True)

    assert facts(result)["costs"]
    assert facts(result)["effects"]
    assert openai.o200k_base().count(said(result)) <= USUAL_DRY_RUN
