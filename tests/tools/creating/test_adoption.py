"""What is adopted was compared, or the journal knows that it was asked for so."""

import copy
from typing import Any

import pytest

from clickpipes_mcp.sources import SOURCES
from tests.serving import PIPES, error, facts

pytestmark = pytest.mark.anyio

EXAMPLES = {spec.key: spec.example for spec in SOURCES}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch) -> None:
    for name in ("KAFKA", "AZURE", "MONGO", "OTHER", "AWS"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", f"example-{name}")


def example(key: str, **source: Any) -> dict[str, Any]:
    body = copy.deepcopy(dict(EXAMPLES[key]))
    return {**body, "source": {**body["source"], **source}}


CONTAINERS = [
    {"azure_container_name": "another"},
    {"path": "2025/*.json"},
    {"connection_string": "${env:CLICKPIPES_SECRET_OTHER}"},
]


@pytest.mark.parametrize("change", CONTAINERS, ids=lambda change: next(iter(change)))
@pytest.mark.parametrize("dry_run", [True, False])
async def test_an_azure_pipe_of_another_container_is_no_adoption(serve, change, dry_run) -> None:
    served = await serve()
    await served.call("create_azure_blob_clickpipe", **example("azure_blob"))

    refusal = error(
        await served.call(
            "create_azure_blob_clickpipe", **example("azure_blob", **change), dry_run=dry_run
        )
    )

    assert refusal["code"] == "conflict"
    assert f"source.{next(iter(change))}" in refusal["problem"]
    assert "console" in refusal["fix"]
    assert "another name" in refusal["fix"]
    assert len(served.plane.writes) == 1


async def test_the_journal_says_that_an_azure_pipe_was_asked_for_so(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    await served.call("create_azure_blob_clickpipe", **example("azure_blob"))

    adopted = facts(await served.call("create_azure_blob_clickpipe", **example("azure_blob")))

    assert "was adopted" in adopted["summary"]
    assert "2026/" not in journal.read_text()


async def test_an_azure_pipe_whose_path_was_changed_since_is_no_adoption(serve) -> None:
    served = await serve(consent="off")
    made = facts(await served.call("create_azure_blob_clickpipe", **example("azure_blob")))
    change = {
        "path": "2025/*.json",
        "authentication": "CONNECTION_STRING",
        "connection_string": "${env:CLICKPIPES_SECRET_AZURE}",
    }
    served.clock.advance(3600)
    facts(await served.call("update_clickpipe", clickpipe=made["clickpipe"]["id"], source=change))

    refusal = error(await served.call("create_azure_blob_clickpipe", **example("azure_blob")))

    assert "source.path" in refusal["problem"]


@pytest.mark.parametrize("first", [True, False])
async def test_an_s3_pipe_with_another_initial_load_is_no_adoption(serve, first) -> None:
    served = await serve()
    one = example("s3", queue_url=QUEUE, skip_initial_load=first)
    other = example("s3", queue_url=QUEUE, skip_initial_load=not first)
    facts(await served.call("create_s3_clickpipe", **one))
    assert "was adopted" in facts(await served.call("create_s3_clickpipe", **one))["summary"]

    refusal = error(await served.call("create_s3_clickpipe", **other))

    assert "source.skip_initial_load" in refusal["problem"]


async def test_a_mongodb_pipe_whose_address_holds_a_login_is_no_adoption(serve) -> None:
    served = await serve()
    body = example("mongodb")
    wire = {
        "name": body["name"],
        "source": {
            "mongodb": {
                "uri": "mongodb+srv://other:secret@cluster0.example.net/shop",
                "readPreference": "secondaryPreferred",
                "settings": {"replicationMode": "cdc"},
                "tableMappings": [
                    {
                        "sourceDatabaseName": "shop",
                        "sourceCollection": "orders",
                        "targetTable": "shop_orders",
                        "tableEngine": "ReplacingMergeTree",
                    }
                ],
            }
        },
        "destination": {"database": "default"},
    }
    await served.plane.by_somebody_else("POST", PIPES, wire)

    refusal = error(await served.call("create_mongodb_clickpipe", **body))

    assert "source.uri" in refusal["problem"]


async def test_what_was_not_compared_and_decides_nothing_is_listed(serve) -> None:
    served = await serve()
    body = example("kafka")
    body["destination"] = {**body["destination"], "roles": ["ingest_role"]}
    await served.call("create_kafka_clickpipe", **body)

    adopted = facts(await served.call("create_kafka_clickpipe", **body))

    (listed,) = [text for text in adopted["warnings"] if text.startswith("Not compared")]
    assert "source.credentials.password" in listed
    assert "destination.roles" in listed
