"""What is adopted was compared, or the journal knows that it was asked for so."""

import copy
import json
from typing import Any

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.serving import PIPES, error, facts, telling

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
    served = await serve(consent="dangerously-off")
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

    (listed,) = [text for text in adopted["warnings"] if "so they were not compared" in text]
    assert "source.credentials.password" in listed
    assert "destination.roles" in listed


def mongodb_at(uri: str) -> dict[str, Any]:
    return example("mongodb", uri=uri)


ADDRESSES = {
    "an @ in its query": "mongodb://h1.example.com:27017/?retryWrites&appName=me@corp",
    "an @ in its path": "mongodb://h1.example.com:27017/shop@corp",
    "a parameter that is masked": "mongodb://h1.example.com/?authMechanismProperties=TOKEN:abc",
}


@pytest.mark.parametrize("uri", ADDRESSES.values(), ids=ADDRESSES)
async def test_an_equal_create_adopts_whatever_is_masked_of_it(serve, uri) -> None:
    served = await serve()
    facts(await served.call("create_mongodb_clickpipe", **mongodb_at(uri)))

    again = facts(await served.call("create_mongodb_clickpipe", **mongodb_at(uri)))

    assert "was adopted" in again["summary"]
    assert len(served.plane.writes) == 1


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (
            "mongodb://h1.example.com:27017/?retryWrites&appName=me@corp",
            "mongodb://h2.example.com:27017/?retryWrites&appName=me@corp",
        ),
        ("mongodb://h1.example.com:27017/shop@corp", "mongodb://h2.example.com:27017/shop@corp"),
        (
            "mongodb://h1.example.com/?authMechanismProperties=TOKEN:abc",
            "mongodb://h1.example.com/?authMechanismProperties=TOKEN:abd",
        ),
    ],
)
async def test_what_differs_behind_a_mask_is_a_conflict(serve, held, asked) -> None:
    served = await serve()
    facts(await served.call("create_mongodb_clickpipe", **mongodb_at(held)))

    refusal = error(await served.call("create_mongodb_clickpipe", **mongodb_at(asked)))

    assert refusal["code"] == "conflict"
    assert "source.uri" in refusal["problem"]
    assert len(served.plane.writes) == 1


async def test_another_login_in_an_address_is_a_conflict(serve) -> None:
    served = await serve()
    made = mongodb_at("mongodb://h1.example.com/shop")
    facts(await served.call("create_mongodb_clickpipe", **made))
    served.plane.retell = telling({"mongodb": {"uri": "mongodb://reader@h1.example.com/shop"}})

    refusal = error(await served.call("create_mongodb_clickpipe", **made))

    assert refusal["code"] == "conflict"
    assert "source.uri" in refusal["problem"]
    assert len(served.plane.writes) == 1


SAME_IN_THE_JOURNAL = [("password: one", "password: two"), ("token=a, b", "token=two, b")]


@pytest.mark.parametrize(("one", "other"), SAME_IN_THE_JOURNAL)
async def test_names_that_look_the_same_in_the_journal_are_two(serve, one, other, tmp_path) -> None:
    lost = Fault(kind="reset", method="POST", times=1)
    served = await serve(journal=tmp_path / "j.jsonl", simulator={"faults": (lost,)})
    await served.call("create_mongodb_clickpipe", **example("mongodb") | {"name": one})

    made = facts(
        await served.call("create_mongodb_clickpipe", **example("mongodb") | {"name": other})
    )

    assert "Created" in made["summary"]
    assert "two" not in (tmp_path / "j.jsonl").read_text(encoding="utf-8")


REFUSED = Fault(kind="status", status=403, method="POST", times=1)
LOST = Fault(kind="reset", method="POST", times=1)
OTHER_TRACES = {
    "an attempt that came to nothing": (REFUSED, {}),
    "an attempt in another service": (LOST, {"service": "simulated-idle"}),
    "an attempt at a name of another case": (LOST, {"name": "Events"}),
    "a pipe of another id": (None, {"name": "another pipe"}),
}


@pytest.mark.parametrize(("fault", "of_another"), OTHER_TRACES.values(), ids=OTHER_TRACES)
async def test_what_the_journal_tells_of_another_write_confirms_no_pipe(
    serve, fault, of_another
) -> None:
    faults = (fault,) if fault else ()
    served = await serve(wake_service=True, simulator={"faults": faults})
    asked = example("azure_blob")
    earlier = await served.call("create_azure_blob_clickpipe", **asked | of_another)
    assert earlier.is_error == bool(fault)
    (sent,) = served.plane.writes
    storage = sent.body["source"]["objectStorage"] | {"path": "another/*.json"}
    theirs = sent.body | {"name": asked["name"], "source": {"objectStorage": storage}}
    made = await served.pipe(theirs)

    refusal = error(await served.call("create_azure_blob_clickpipe", **asked))

    assert refusal["code"] == "conflict"
    assert made in refusal["problem"]
    assert "source.path" in refusal["problem"]
    assert len(served.plane.writes) == 1


async def test_pipes_whose_names_differ_in_their_case_are_two(serve) -> None:
    served = await serve()
    made = [
        facts(await served.call("create_kafka_clickpipe", **example("kafka") | {"name": name}))
        for name in ("orders", "Orders")
    ]

    assert all(one["summary"].startswith("Created") for one in made)
    assert made[0]["clickpipe"]["id"] != made[1]["clickpipe"]["id"]


def account(name: str, key: str) -> str:
    return f"DefaultEndpointsProtocol=https;AccountName={name};AccountKey={key}"


async def test_another_account_behind_the_same_reference_is_another_pipe(
    serve, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_AZURE", account("shop", "one"))
    served = await serve(journal=tmp_path / "journal.jsonl")
    await served.call("create_azure_blob_clickpipe", **example("azure_blob"))
    monkeypatch.setenv("CLICKPIPES_SECRET_AZURE", account("elsewhere", "one"))

    refusal = error(await served.call("create_azure_blob_clickpipe", **example("azure_blob")))

    assert "source.connection_string" in refusal["problem"]
    assert "shop" not in (tmp_path / "journal.jsonl").read_text(encoding="utf-8")
    assert len(served.plane.writes) == 1


async def test_another_secret_of_the_same_account_is_the_same_pipe(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_AZURE", account("shop", "one"))
    served = await serve()
    await served.call("create_azure_blob_clickpipe", **example("azure_blob"))
    signed = "BlobEndpoint=https://Shop.blob.core.windows.net/;SharedAccessSignature=two"
    monkeypatch.setenv("CLICKPIPES_SECRET_OTHER", signed)
    other = example("azure_blob", **CONTAINERS[-1])

    adopted = facts(await served.call("create_azure_blob_clickpipe", **other))
    monkeypatch.delenv("CLICKPIPES_SECRET_OTHER")
    refusal = error(await served.call("create_azure_blob_clickpipe", **other))

    assert "was adopted" in adopted["summary"]
    assert "source.connection_string" in refusal["problem"]


async def test_settings_and_sizes_that_no_read_shows_are_listed(serve) -> None:
    served = await serve()
    body = example("kafka")
    body["settings"] = {"streaming_max_insert_wait_ms": 6000}
    body["scaling"] = {
        "replicas": 1,
        "replica_cpu_millicores": 250,
        "replica_memory_gb": 1,
    }
    await served.call("create_kafka_clickpipe", **body)

    def show_no_size(_, answered: bytes) -> bytes:
        document = json.loads(answered)
        for pipe in document["result"]:
            pipe |= {"settings": {}, "scaling": {"replicas": 0}}
        return json.dumps(document).encode()

    served.plane.retell = show_no_size

    adopted = facts(await served.call("create_kafka_clickpipe", **body))

    (listed,) = [text for text in adopted["warnings"] if "so they were not compared" in text]
    assert "settings.streaming_max_insert_wait_ms" in listed
    assert "scaling.replica_memory_gb" in listed
    assert "as far as the API shows it" in adopted["summary"]
