"""Asking the API what a source holds."""

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.serving import KAFKA, KINESIS, PIPES, S3, error, facts

pytestmark = pytest.mark.anyio

DISCOVERABLE = [spec.key for spec in SOURCES if spec.discoverable]


@pytest.mark.parametrize(
    ("kind", "body"), [("kafka", KAFKA), ("kinesis", KINESIS), ("s3", S3)], ids=str
)
async def test_a_documented_source_is_looked_into(serve, kind, body) -> None:
    served = await serve()

    found = facts(await served.call("discover_source_schema", kind=kind, source=body["source"]))

    assert found["fields"]
    assert f"create_{kind}_clickpipe" in found["summary"]
    assert served.plane.arrived[-1].path == f"{PIPES}/schemaDiscovery"
    assert served.plane.arrived[-1].body == {"source": body["source"]}
    assert served.plane.writes == []


async def test_the_kinds_are_those_that_can_be_looked_into(serve) -> None:
    served = await serve()

    published = (await served.tools())["discover_source_schema"].input_schema

    assert published["properties"]["kind"]["enum"] == DISCOVERABLE


async def test_a_kind_that_cannot_be_looked_into_names_those_that_can(serve) -> None:
    served = await serve()

    refusal = error(await served.call("discover_source_schema", kind="postgres", source={}))

    assert refusal["problems"][0]["field"] == "kind"
    assert refusal["problems"][0]["allowed"] == DISCOVERABLE


async def test_a_source_that_is_not_valid_is_not_sent(serve) -> None:
    served = await serve()

    refusal = error(
        await served.call("discover_source_schema", kind="kafka", source={"brokers": "a:1"})
    )

    assert {problem["field"] for problem in refusal["problems"]} >= {"source.type"}
    assert served.plane.arrived == []


async def test_a_source_that_cannot_be_reached_is_told_in_the_words_of_the_api(serve) -> None:
    fault = Fault(kind="source", text="dial tcp: connection refused", path="broker.example.com")
    served = await serve(simulator={"faults": (fault,)})

    refusal = error(
        await served.call("discover_source_schema", kind="kafka", source=KAFKA["source"])
    )

    assert refusal["code"] == "refused_by_api"
    assert "connection refused" in refusal["problem"]
