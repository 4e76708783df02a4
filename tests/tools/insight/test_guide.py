"""How to prepare a source for a pipe."""

import pytest

from clickpipes_mcp.cloud import Service
from clickpipes_mcp.guides.service_role import PLACEHOLDER
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.tools.insight.guide import section, topics_of
from tests.lint.test_budgets import tokens
from tests.serving import error, facts, said

pytestmark = pytest.mark.anyio

LONGEST_ANSWER = 1_200
EVERY_TOPIC = [
    pytest.param(spec.key, topic, id=f"{spec.key}-{topic}")
    for spec in SOURCES
    for topic in topics_of(spec)
]
MUST_SAY = {
    "postgres": ("wal_level", "CREATE PUBLICATION", "REPLICA IDENTITY FULL"),
    "mysql": ("binlog_format = ROW", "GRANT REPLICATION SLAVE", "binlog retention hours"),
    "mongodb": ("readAnyDatabase", "clusterMonitor", "replSetResizeOplog"),
    "bigquery": ("roles/bigquery.jobUser", "roles/storage.objectAdmin"),
    "kafka": ("kafka-cluster:ReadData", "Read on the group"),
    "kinesis": ("ClickHouseAccessRole-", "kinesis:GetRecords"),
    "s3": ("s3:ListBucket", "sqs:ReceiveMessage"),
    "gcs": ("roles/storage.objectViewer",),
    "azure_blob": ("Read and List",),
    "pubsub": ("pubsub.topics.attachSubscription",),
}


@pytest.mark.parametrize(("source", "topic"), EVERY_TOPIC)
async def test_an_answer_stays_short(serve, source, topic) -> None:
    served = await serve()

    result = await served.call("get_source_guide", source=source, topic=topic)

    assert facts(result)["guide"]
    assert tokens(said(result)) <= LONGEST_ANSWER


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_prerequisites_come_unless_another_topic_is_asked_for(serve, spec) -> None:
    served = await serve()

    found = facts(await served.call("get_source_guide", source=spec.key))

    for words in MUST_SAY.get(spec.key, ("1. ",)):
        assert words in found["guide"]
    assert {"network", "authentication", "pitfalls"} <= set(found["topics"])
    assert found["next_actions"][0]["arguments"]["topic"] == "network"


async def test_the_addresses_are_those_of_the_services_region(serve) -> None:
    served = await serve()

    result = await served.call("get_source_guide", source="postgres", topic="network")

    assert "54.82.38.199" in said(result)
    assert "aws us-east-1" in said(result)


async def test_without_a_service_the_default_regions_are_told(serve) -> None:
    served = await serve()

    result = await served.call("get_source_guide", service=None, source="kafka", topic="network")

    assert "eu-central-1" in said(result)
    assert "us-east-2" in said(result)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_private_ways_are_told_of_the_sources_that_have_them(spec) -> None:
    guide = section(spec, "network")

    has_a_way = spec.key in {"kafka", "postgres", "mysql", "mongodb"}
    assert ("reverse private endpoint" in guide) is has_a_way
    assert ("SSH tunnel" in guide) is has_a_way
    is_on_azure = has_a_way or spec.key == "azure_blob"
    assert ("Azure Private Link is not supported" in guide) is is_on_azure
    has_modules = spec.key in {"kafka", "postgres"}
    assert ("clickpipes-terraform-modules" in guide) is has_modules


async def test_a_service_that_does_not_exist_is_not_passed_over(serve) -> None:
    served = await serve()

    refusal = error(
        await served.call("get_source_guide", service="nope", source="kafka", topic="network")
    )

    assert "nope" not in refusal["problem"]
    assert "simulated-analytics" in refusal["problem"]


async def test_a_pinned_service_is_taken(serve) -> None:
    served = await serve(service_id=DEFAULT_SERVICE_ID)

    result = await served.call("get_source_guide", source="s3", topic="network")

    assert "us-east-1" in said(result)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [({"source": "oracle"}, "postgres"), ({"source": "s3", "topic": "providers"}, "network")],
)
async def test_what_there_is_no_guide_for_is_answered_with_what_there_is(
    serve, arguments, allowed
) -> None:
    served = await serve()

    refusal = error(await served.call("get_source_guide", **arguments))

    assert allowed in refusal["problems"][0]["allowed"]


def test_the_matrix_of_authentications_is_that_of_the_source() -> None:
    matrix = section(source_named("kafka"), "authentication")

    assert "MUTUAL_TLS" in matrix
    assert "IAM_ROLE needs iam_role." in matrix
    assert "sorting" not in matrix


ROLE = "arn:aws:iam::000000000000:role/simulated-service"
NEEDS_ROLE = [
    pytest.param(spec.key, topic, id=f"{spec.key}-{topic}")
    for spec in SOURCES
    for topic in topics_of(spec)
    if PLACEHOLDER in section(spec, topic)
]


def test_every_source_on_aws_names_the_role_to_trust() -> None:
    told = {parameter.values[0] for parameter in NEEDS_ROLE}

    assert told == {spec.key for spec in SOURCES if "iam_role" in spec.source_fields}


@pytest.mark.parametrize(("source", "topic"), NEEDS_ROLE)
async def test_the_role_of_the_service_is_shown(serve, source, topic) -> None:
    served = await serve()

    here = facts(await served.call("get_source_guide", source=source, topic=topic))
    anywhere = facts(
        await served.call("get_source_guide", service=None, source=source, topic=topic)
    )

    assert ROLE in here["guide"]
    assert PLACEHOLDER not in here["guide"]
    assert "Network security information" in anywhere["guide"]
    assert "get_source_guide with service" in anywhere["guide"]


def test_a_service_without_a_role_is_told_of_as_one() -> None:
    elsewhere = Service(id=DEFAULT_SERVICE_ID, provider="gcp", region="us-central1")

    assert "shows no IAM role" in section(source_named("kinesis"), "prerequisites", elsewhere)
