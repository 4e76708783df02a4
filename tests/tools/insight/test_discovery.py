"""Asking the API what a source holds."""

import json

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.examples import put_secrets
from tests.serving import KAFKA, KINESIS, PIPES, S3, error, facts, said

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


async def test_the_rules_of_the_source_apply_before_anything_is_sent(serve) -> None:
    served = await serve()
    source = {**KAFKA["source"]["kafka"], "authentication": "IAM_ROLE"}

    refusal = error(await served.call("discover_source_schema", kind="kafka", source=source))

    rules = {problem.get("rule", "") for problem in refusal["problems"]}
    assert any(rule.startswith("kafka.") for rule in rules)
    assert all(problem["field"].startswith("source.") for problem in refusal["problems"])
    assert served.plane.arrived == []


@pytest.mark.parametrize("key", DISCOVERABLE)
async def test_the_example_of_every_kind_keeps_the_rules(serve, monkeypatch, tmp_path, key) -> None:
    spec = next(spec for spec in SOURCES if spec.key == key)
    put_secrets(monkeypatch, tmp_path)
    served = await serve(secrets_dir=tmp_path)

    shown = facts(
        await served.call(
            "discover_source_schema", kind=key, source=spec.example["source"], dry_run=True
        )
    )

    assert shown["request"]["path"] == f"{PIPES}/schemaDiscovery"
    assert shown["request"]["body"]["source"].keys() == {spec.arm}
    assert {request.method for request in served.plane.arrived} == {"GET"}


async def test_it_is_journaled_with_the_hosts_that_learn_the_secrets(
    serve, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_BROKER", "behind")
    monkeypatch.setenv("CLICKPIPES_SECRET_REGISTRY", "behind")
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    source = {
        "type": "confluent",
        "format": "Avro",
        "brokers": "one.example:9092,two.example:9092",
        "topics": "orders",
        "authentication": "PLAIN",
        "credentials": {"username": "key", "password": "${env:CLICKPIPES_SECRET_BROKER}"},
        "schema_registry": {
            "url": "https://registry.example/",
            "authentication": "PLAIN",
            "credentials": {"username": "key", "password": "${env:CLICKPIPES_SECRET_REGISTRY}"},
        },
    }

    facts(await served.call("discover_source_schema", kind="kafka", source=source))

    intent, outcome = map(json.loads, journal.read_text().splitlines())
    assert (intent["tool"], intent["operation"]) == ("discover_source_schema", "discover schema")
    assert sorted(intent["secrets"]) == [
        "one.example env:CLICKPIPES_SECRET_BROKER",
        "registry.example env:CLICKPIPES_SECRET_REGISTRY",
        "two.example env:CLICKPIPES_SECRET_BROKER",
    ]
    assert (outcome["outcome"], "secrets" in outcome) == ("done", False)


@pytest.mark.parametrize("allowed", [False, True])
async def test_with_read_only_it_is_offered_where_the_operator_allows_it(serve, allowed) -> None:
    served = await serve(read_only=True, read_only_discovery=allowed)

    tools = await served.tools()

    assert ("discover_source_schema" in tools) is allowed
    if not allowed:
        refusal = error(
            await served.call("discover_source_schema", kind="kafka", source=KAFKA["source"])
        )
        assert "CLICKPIPES_READ_ONLY_DISCOVERY" in refusal["fix"]


async def test_its_hints_say_that_it_is_no_plain_read(serve) -> None:
    hints = (await (await serve()).tools())["discover_source_schema"].annotations

    assert hints is not None
    assert (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint) == (
        False,
        False,
        False,
    )


async def test_no_field_is_proposed_that_no_tool_shows(serve) -> None:
    served = await serve()
    for name, tool in (await served.tools()).items():
        refusal = await served.call(name, confirmation_tokens="x")
        assert refusal.is_error, name
        shown = tool.input_schema["properties"]
        assert ("confirmation_token" in said(refusal).replace("confirmation_tokens", "")) is (
            "confirmation_token" in shown
        ), name
