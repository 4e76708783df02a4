"""What the API takes since it was last written down as a whole. One test an observation."""

import pytest

pytestmark = pytest.mark.anyio
PUBSUB_FIXED = ("format", "projectId", "topic", "seekType", "filter", "enableOrdering")
REGISTRY = "source.kafka.schemaRegistry"
KINESIS = "source.kinesis"


async def refusal(plane, sent):
    response = await plane.client.post(plane.pipes, json=sent)
    assert response.status_code == 400, response.text
    return response.json()["error"]


@pytest.mark.parametrize("name", PUBSUB_FIXED)
async def test_q59_pubsub_refuses_what_cannot_change_even_unchanged(plane, body, name):
    sent = body("pubsub", set={"source.pubsub.filter": "x", "source.pubsub.enableOrdering": True})
    pipe = await plane.settled(sent)
    same = {name: sent["source"]["pubsub"][name], "authentication": "SERVICE_ACCOUNT"}
    response = await plane.patch(pipe, {"source": {"pubsub": same}})
    assert response.status_code == 400
    assert f"source.pubsub.{name}: unknown property" in response.json()["error"]


@pytest.mark.parametrize("kind", ["AvroConfluent", "Protobuf"])
@pytest.mark.parametrize("name", ["kafka glue", "kinesis glue"])
async def test_q60_a_glue_registry_is_taken_and_read_back(plane, body, name, kind):
    key = name.partition(" ")[0]
    sent = body(name, set={f"source.{key}.format": kind})
    read = await plane.get(await plane.create(sent))
    assert read["source"][key]["schemaRegistry"] == sent["source"][key]["schemaRegistry"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"set": {f"{REGISTRY}.roleArn": "arn:x"}}, "roleArn: unknown property"),
        ({"set": {f"{REGISTRY}.url": "https://x.example"}}, "url is not supported for a glue"),
        ({"drop": [f"{REGISTRY}.glueRegion"]}, "glueRegion: 'undefined'"),
        ({"set": {"source.kafka.format": "Avro"}}, "only valid for the AvroConfluent and Protobuf"),
        ({"set": {f"{REGISTRY}.type": "confluent"}}, "only supported for a glue"),
        (
            {"set": {"source.kafka.authentication": None}, "drop": [f"{REGISTRY}.glueRoleArn"]},
            "glueRoleArn is required",
        ),
    ],
)
async def test_q60_a_kafka_registry_is_of_one_kind(plane, body, change, text):
    assert text in await refusal(plane, body("kafka glue", **change))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"drop": [f"{KINESIS}.schemaRegistry"]}, "required for the AvroConfluent format"),
        ({"set": {f"{KINESIS}.format": "JSONEachRow"}}, "only valid for the AvroConfluent"),
        ({"drop": [f"{KINESIS}.schemaRegistry.type"]}, "schemaRegistry.type: 'undefined'"),
        ({"set": {f"{KINESIS}.schemaRegistry.url": "https://x"}}, "url: unknown property"),
        (
            {"set": {f"{KINESIS}.format": "Protobuf", f"{KINESIS}.protobufSchema": "c3ludGF4"}},
            "cannot be combined with schemaRegistry",
        ),
        (
            {"set": {f"{KINESIS}.format": "Protobuf"}, "drop": [f"{KINESIS}.schemaRegistry"]},
            "protobufSchema or schemaRegistry is required",
        ),
    ],
)
async def test_q61_kinesis_reads_schemas_from_one_place(plane, body, change, text):
    assert text in await refusal(plane, body("kinesis glue", **change))


async def test_q62_deleting_by_tombstone_is_taken_with_exactly_once(plane, body):
    sent = body("kafka", set={"source.kafka.tombstoneMode": "delete"})
    assert 'tombstoneMode "delete" requires exactlyOnce' in await refusal(plane, sent)
    sent["source"]["kafka"]["exactlyOnce"] = True
    read = await plane.get(await plane.create(sent))
    assert read["source"]["kafka"]["tombstoneMode"] == "delete"


async def test_q62_there_is_no_other_way_to_treat_tombstones(plane, body):
    kept = body("kafka", set={"source.kafka.tombstoneMode": "keep"})
    assert "tombstoneMode: 'keep'" in await refusal(plane, kept)
    pipe = await plane.settled(body("kafka"))
    response = await plane.patch(pipe, {"source": {"kafka": {"tombstoneMode": "delete"}}})
    assert "tombstoneMode: unknown property" in response.json()["error"]


async def test_q63_bigquery_follows_changes_and_runs_on(plane, body):
    pipe = await plane.settled(body("bigquery changes"))
    assert await plane.state(pipe) == "Running"


@pytest.mark.parametrize(
    ("of", "settings", "text"),
    [
        ("bigquery", {"replicationMode": "cdc"}, "replicationMethod is required for cdc"),
        (
            "bigquery",
            {"replicationMode": "cdc", "replicationMethod": "query_based"},
            "queryCdcWatermarkColumn is required for query_based",
        ),
        (
            "bigquery changes",
            {"replicationMode": "cdc", "replicationMethod": "events_based"},
            "queryCdcWatermarkColumn is only allowed for query_based",
        ),
        (
            "bigquery",
            {"replicationMode": "snapshot", "syncIntervalSeconds": 60},
            "syncIntervalSeconds must not be set for snapshot",
        ),
        (
            "bigquery changes",
            {"replicationMode": "snapshot"},
            "queryCdcWatermarkColumn is only allowed for query_based",
        ),
    ],
)
async def test_q63_bigquery_wants_the_fields_of_its_method(plane, body, of, settings, text):
    assert text in await refusal(plane, body(of, set={"source.bigquery.settings": settings}))


@pytest.mark.parametrize(
    ("of", "path"),
    [
        ("kafka", "source.kafka.credentials.colour"),
        ("mongodb", "source.mongodb.settings.colour"),
        ("postgres", "source.postgres.colour"),
        ("kafka", "destination.tableDefinition.engine.colour"),
        ("kafka", "colour"),
    ],
)
async def test_q64_an_unknown_key_is_refused_at_every_depth(plane, body, of, path):
    error = await refusal(plane, body(of, set={path: "red"}))
    assert error == f"BAD_REQUEST: request body.{path}: unknown property"
