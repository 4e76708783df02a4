import pytest

from clickpipes_mcp.simulator.pipes.discovery import SAMPLES

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["kafka", "kinesis", "pubsub", "gcs", "azure"])
async def test_every_stream_and_store_shows_fields(plane, body, name):
    response = await plane.client.post(
        f"{plane.pipes}/schemaDiscovery", json={"source": body(name)["source"]}
    )
    found = response.json()["result"]
    assert sorted(found) == ["fields", "meta"]
    assert {frozenset(field) for field in found["fields"]} == {
        frozenset({"name", "type", "optional"})
    }


@pytest.mark.parametrize("word", SAMPLES)
async def test_the_name_of_a_topic_chooses_what_is_in_it(plane, body, word):
    source = body("kafka", set={"source.kafka.topics": f"plant.{word}.v1"})["source"]
    response = await plane.client.post(f"{plane.pipes}/schemaDiscovery", json={"source": source})
    names = [field["name"] for field in response.json()["result"]["fields"]]
    assert names == [name for name, _, _ in SAMPLES[word]]


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("kafka", {"brokers": "unreachable.example:1"}, "no such host"),
        ("kafka", {"authentication": "IAM_USER"}, "does not support"),
        ("kinesis", {"region": None}, "source.kinesis.region"),
        ("postgres", {}, "source.postgres: unknown property"),
    ],
)
async def test_a_source_that_could_not_be_created_is_not_discovered(
    plane, body, name, change, text
):
    source = body(name)["source"]
    next(iter(source.values())).update(change)
    response = await plane.client.post(f"{plane.pipes}/schemaDiscovery", json={"source": source})
    assert response.status_code == 400
    assert text in response.json()["error"]


async def test_discovery_creates_nothing(plane, body):
    await plane.client.post(
        f"{plane.pipes}/schemaDiscovery", json={"source": body("kafka")["source"]}
    )
    assert (await plane.client.get(plane.pipes)).json()["result"] == []
