"""The error between a wrong call and a right one can be applied in one step."""

import copy
from typing import Any

import pytest

from clickpipes_mcp import argument_errors
from clickpipes_mcp.sources import SOURCES
from tests.serving import GCS, KAFKA, POSTGRES, REFERENCE_BODIES, S3, error, facts, said

pytestmark = pytest.mark.anyio

KAFKA_SOURCE = KAFKA["source"]["kafka"]
POSTGRES_SOURCE = POSTGRES["source"]["postgres"]


@pytest.fixture
async def served(serve):
    return await serve(sources=("kafka", "postgres", "gcs", "s3", "pubsub"))


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    *parents, last = path
    inner = changed
    for parent in parents:
        inner = inner[parent]
    del inner[last]
    return changed


async def problems(served, tool: str, **arguments: Any) -> dict[str, dict[str, Any]]:
    """The problems of a refused call by their fields; nothing was sent for it."""
    refusal = error(await served.call(tool, **arguments))
    assert refusal["code"] == "invalid_arguments"
    assert served.plane.arrived == []
    return {problem["field"]: problem for problem in refusal["problems"]}


async def kafka(served, **source: Any) -> dict[str, dict[str, Any]]:
    return await problems(
        served, "create_kafka_clickpipe", **KAFKA | {"source": KAFKA_SOURCE | source}
    )


async def test_an_unknown_field_names_the_nearest(served) -> None:
    found = await kafka(served, consumer_grp="g")

    assert found["source.consumer_grp"]["problem"] == "is not a field here"
    assert found["source.consumer_grp"]["fix"] == "Did you mean consumer_group?"


async def test_an_unknown_field_like_no_other_names_the_valid_ones(served) -> None:
    found = await kafka(served, zzzzzz=1)

    assert "brokers" in found["source.zzzzzz"]["allowed"]


async def test_an_unknown_argument_is_not_ignored(served) -> None:
    found = await problems(served, "list_clickpipes", stat="Running")

    assert found["stat"]["fix"] == "Did you mean state?"


async def test_a_wrong_value_names_the_nearest_and_the_allowed(served) -> None:
    found = await kafka(served, format="jsonEachRow ")

    assert found["source.format"]["fix"] == "Did you mean JSONEachRow?"
    assert "Avro" in found["source.format"]["allowed"]


async def test_a_missing_field_says_what_it_is(served) -> None:
    found = await problems(
        served, "create_kafka_clickpipe", **KAFKA | {"source": without(KAFKA_SOURCE, "brokers")}
    )

    assert found["source.brokers"]["problem"] == "is required"
    assert "host:port" in found["source.brokers"]["fix"]


async def test_a_missing_object_lists_what_belongs_into_it(served) -> None:
    found = await problems(served, "create_kafka_clickpipe", **KAFKA | {"destination": "orders"})

    assert found["destination"]["problem"] == "must be an object"
    assert "table" in found["destination"]["fix"]


WRONG_TYPES = {
    "source.brokers": 9092,
    "source.credentials": [],
    "source.exactly_once": "maybe",
    "source.reverse_private_endpoint_ids": "one",
    "destination.managed_table": "perhaps",
    "destination.columns": {},
    "scaling.replicas": "many",
    "name": ["orders"],
}


@pytest.mark.parametrize(("path", "value"), WRONG_TYPES.items(), ids=WRONG_TYPES)
async def test_a_wrong_type_is_named_at_its_place(served, path, value) -> None:
    body = copy.deepcopy(KAFKA | {"source": KAFKA_SOURCE, "scaling": {}})
    body["destination"]["managed_table"] = body["destination"].pop("managedTable")
    *parents, last = path.split(".")
    inner = body
    for parent in parents:
        inner = inner[parent]
    inner[last] = value

    found = await problems(served, "create_kafka_clickpipe", **body)

    assert found[path]["problem"].startswith("must be")


async def test_a_place_deep_in_a_list_is_told_exactly(served) -> None:
    tables = [
        POSTGRES_SOURCE["tableMappings"][0],
        {"sourceSchemaName": "public", "sourcTable": "t"},
    ]

    found = await problems(
        served,
        "create_postgres_clickpipe",
        **POSTGRES | {"source": POSTGRES_SOURCE | {"tableMappings": tables}},
    )

    assert found["source.tableMappings[1].sourcTable"]["fix"] == "Did you mean source_table?"
    assert set(found) == {
        "source.tableMappings[1].sourcTable",
        "source.tableMappings[1].source_table",
        "source.tableMappings[1].target_table",
    }


async def test_all_problems_come_in_one_answer(served) -> None:
    found = await problems(
        served,
        "create_kafka_clickpipe",
        name="",
        source={"kafka": KAFKA_SOURCE | {"format": "XML", "formt": 1}},
        destination={"managedTable": True},
        extra=1,
    )

    assert {
        "name",
        "source.kafka.format",
        "source.kafka.formt",
        "destination.table",
        "destination.columns",
        "extra",
    } <= set(found)


async def test_the_text_says_what_the_structure_says(served) -> None:
    result = await served.call("create_kafka_clickpipe", **KAFKA | {"extra": 1, "name": ""})

    refusal = error(result)
    for problem in refusal["problems"]:
        assert f"- {problem['field']}: {problem['problem']}" in said(result)
        assert problem.get("fix", "") in said(result)


async def test_no_words_of_the_validator_reach_the_assistant(served) -> None:
    result = await served.call(
        "create_kafka_clickpipe", **KAFKA | {"source": {"kafka": {"type": {}}}, "scaling": 3}
    )

    for word in ("pydantic", "input_value", "input_type", "errors.pydantic.dev", "Error executing"):
        assert word not in said(result)


async def test_a_rule_is_named_with_what_it_says(served) -> None:
    found = await kafka(served, authentication="IAM_ROLE")

    rules = {problem.get("rule", "") for problem in found.values()}
    assert any(rule.startswith("kafka.") for rule in rules)


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_a_documented_body_is_accepted_as_it_is(serve, body) -> None:
    served = await serve()
    arm, source = next(iter(body["source"].items()))
    spec = next(s for s in SOURCES if s.arm == arm and source.get("type") in (*s.types, None))

    result = await served.call(f"create_{spec.key}_clickpipe", **body)

    assert facts(result)["clickpipe"]["name"] == body["name"]
    assert [write.body for write in served.plane.writes] == [body]


MISPLACED = [
    ("create_postgres_clickpipe", KAFKA, "create_kafka_clickpipe", "source.kafka"),
    ("create_kafka_clickpipe", POSTGRES, "create_postgres_clickpipe", "source.postgres"),
    ("create_gcs_clickpipe", S3, "create_s3_clickpipe", "source.objectStorage.type"),
    ("create_s3_clickpipe", GCS, "create_gcs_clickpipe", "source.objectStorage.type"),
    ("create_pubsub_clickpipe", GCS, "create_gcs_clickpipe", "source.objectStorage"),
]


@pytest.mark.parametrize(("tool", "body", "right", "field"), MISPLACED)
async def test_the_body_of_another_source_names_the_tool_for_it(
    served, tool, body, right, field
) -> None:
    found = await problems(served, tool, **body)

    assert list(found) == [field]
    assert right in found[field]["fix"]


async def test_an_argument_the_operator_set_is_refused(serve) -> None:
    served = await serve(service_id="b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002")

    found = await problems(served, "list_clickpipes", service="another")

    assert "operator" in found["service"]["problem"]


async def test_numbers_and_flags_as_text_are_understood(served) -> None:
    body = KAFKA | {
        "scaling": {"replicas": "2", "replica_cpu_millicores": "500", "replica_memory_gb": "2"},
        "destination": KAFKA["destination"] | {"managedTable": "true"},
    }

    result = await served.call("create_kafka_clickpipe", **body, dry_run="true")

    sent = facts(result)["request"]["body"]
    assert sent["scaling"] == {"replicas": 2, "replicaCpuMillicores": 500, "replicaMemoryGb": 2}
    assert sent["destination"]["managedTable"] is True


async def test_topics_may_be_a_list(served) -> None:
    body = KAFKA | {"source": KAFKA_SOURCE | {"topics": ["orders", "payments"]}}

    result = await served.call("create_kafka_clickpipe", **body, dry_run=True)

    assert facts(result)["request"]["body"]["source"]["kafka"]["topics"] == "orders,payments"


@pytest.mark.parametrize("flag", [True, False])
async def test_a_flag_is_no_number(served, flag) -> None:
    found = await problems(
        served,
        "create_kafka_clickpipe",
        **KAFKA | {"scaling": {"replicas": flag, "replicaCpuMillicores": 250}},
    )

    assert found["scaling.replicas"]["problem"].startswith("must be")


@pytest.mark.parametrize("left_out", [0, 3])
async def test_a_list_of_fields_is_whole_or_says_what_is_left_out(
    served, monkeypatch, left_out
) -> None:
    tools = (await served.client.list_tools()).tools
    schema = next(tool.input_schema for tool in tools if tool.name == "create_kafka_clickpipe")
    fields = list(schema["properties"]["source"]["properties"])
    if left_out:
        monkeypatch.setattr(argument_errors, "MOST_ALLOWED", len(fields) - left_out)
    body = {**KAFKA, "source": {**KAFKA_SOURCE, "zzz": 1}}

    (problem,) = error(await served.call("create_kafka_clickpipe", **body))["problems"]

    told = [*fields[:-left_out], f"and {left_out} more"] if left_out else fields
    assert problem["allowed"] == told
