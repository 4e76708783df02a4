"""What reads back differently from what was sent, field by field."""

import pytest

pytestmark = pytest.mark.anyio


async def source_of(plane, sent):
    pipe = await plane.get(await plane.create(sent))
    return pipe["source"][next(iter(sent["source"]))]


@pytest.mark.parametrize("given", [None, []])
async def test_no_sorting_key_reads_back_as_an_empty_one(plane, body, given):
    sent = body("kafka", set={"destination.tableDefinition.sortingKey": given})
    read = await plane.get(await plane.create(sent))
    assert read["destination"]["tableDefinition"]["sortingKey"] == []


async def test_object_storage_does_not_read_back_whether_it_skipped_the_initial_load(plane, body):
    assert "skipInitialLoad" not in await source_of(plane, body("s3 queue"))


async def test_postgres_leaves_out_failover_slots_and_merge_deletes(plane, body):
    given = {"enableFailoverSlots": True, "deleteOnMerge": True, "replicationMode": "cdc"}
    read = await source_of(plane, body("postgres", set={"source.postgres.settings": given}))
    assert not {"enableFailoverSlots", "deleteOnMerge"} & set(read["settings"])


async def test_unset_postgres_texts_read_back_as_empty_ones(plane, body):
    read = await source_of(plane, body("postgres"))
    texts = {name: read[name] for name in ("tlsHost", "caCertificate", "iamRole")}
    texts |= {key: read["settings"][key] for key in ("publicationName", "replicationSlotName")}
    texts["partitionKey"] = read["tableMappings"][0]["partitionKey"]
    assert set(texts.values()) == {""}


@pytest.mark.parametrize("name", ["partitionByExpr", "sortingKeys", "excludedColumns"])
async def test_what_is_blank_in_a_mapping_is_stored_as_unset(plane, body, name):
    blank = "" if name == "partitionByExpr" else []
    sent = body("postgres", set={f"source.postgres.tableMappings.0.{name}": blank})
    assert name not in (await source_of(plane, sent))["tableMappings"][0]


async def test_the_arms_not_in_use_read_back_as_null(plane, body):
    pipe = await plane.get(await plane.create(body("kafka")))
    others = {key: value for key, value in pipe["source"].items() if key != "kafka"}
    seen = {"objectStorage", "kinesis", "pubsub", "mysql", "bigquery", "mongodb"}
    assert others == dict.fromkeys(seen | others.keys())


async def test_settings_nobody_sent_are_absent(plane, body):
    assert "settings" not in await plane.get(await plane.create(body("kafka")))


async def test_kafka_reads_back_its_default_consumer_group(plane, body):
    pipe = await plane.create(body("kafka"))
    read = (await plane.get(pipe))["source"]["kafka"]
    assert read["consumerGroup"] == f"clickpipes-{pipe}"
