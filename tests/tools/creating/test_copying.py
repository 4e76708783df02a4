"""A create that copies a pipe: one short call, judged and shown as any other."""

import copy
from typing import Any

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.sources import SOURCES
from tests.serving import KAFKA, MONGODB, PIPES, POSTGRES, S3, Served, error, facts, said
from tests.tools.secret_ways import credentials
from tests.tools.test_dry_run import sent

pytestmark = pytest.mark.anyio
each_source = pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
SECRET = "CLICKPIPES_SECRET_COPY"


@pytest.fixture(autouse=True)
def _secret(monkeypatch) -> None:
    monkeypatch.setenv(SECRET, '{"type": "service_account", "private_key": "invented"}')


def tool(spec: Any) -> str:
    return f"create_{spec.key}_clickpipe"


async def original(served: Served, spec: Any) -> str:
    """The example of a source, created by this server, with a secret by reference."""
    arguments = copy.deepcopy(dict(spec.example)) | {"name": "the original"}
    arguments["source"] |= credentials(spec.key, SECRET)
    if "access_key" in arguments["source"]:
        arguments["source"].pop("iam_role", None)
    made = facts(await served.call(tool(spec), **arguments))
    served.clock.advance(3600)
    return str(made["clickpipe"]["id"])


def into(spec: Any, table: str) -> dict[str, Any]:
    """What sends the rows of a copy into a table of its own."""
    if spec.family is not Family.DATABASE:
        return {"destination": {"table": table}}
    (mapping, *_) = spec.example["source"]["table_mappings"]
    return {"source": {"table_mappings": [{**mapping, "target_table": table}]}}


def hidden_parts(spec: Any) -> dict[str, Any]:
    """What of the example no read shows, beside the credentials."""
    shown = set(spec.read_back.never) | set(spec.read_back.sometimes)
    source = spec.example["source"]
    return {name: source[name] for name in shown if name in source}


@each_source
async def test_every_create_takes_like_and_needs_little_else(serve, spec) -> None:
    served = await serve(sources=(spec.key,))
    schema = (await served.tools())[tool(spec)].input_schema

    assert "like" in schema["properties"]
    assert schema["required"] == ["name"]
    for part in ("source", "destination"):
        assert "required" not in schema["properties"][part]
        needed = spec.create.model_fields[part].annotation.model_fields
        for name, field in needed.items():
            if field.is_required():
                assert name in schema["properties"][part]["description"]


@each_source
async def test_secrets_are_named_and_not_copied(serve, spec) -> None:
    served = await serve(sources=(spec.key,))
    pipe = await original(served, spec)
    served.plane.arrived.clear()

    result = await served.call(tool(spec), name="the copy", like=pipe, **into(spec, "copies"))

    assert error(result)["code"] == "invalid_arguments"
    assert sent(served) == []
    secrets = [name for name in credentials(spec.key, SECRET) if name != "authentication"]
    assert all(f"source.{name}" in said(result) for name in secrets)


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
@each_source
async def test_with_its_secrets_one_short_call_makes_the_same_pipe(serve, spec, dry_run) -> None:
    served = await serve(sources=(spec.key,))
    pipe = await original(served, spec)
    ((_, _, first),) = sent(served)
    served.plane.arrived.clear()
    change = into(spec, "copies")
    source = {**hidden_parts(spec), **credentials(spec.key, SECRET), **change.pop("source", {})}

    made = facts(
        await served.call(
            tool(spec), name="the copy", like=pipe, source=source, **change, dry_run=dry_run
        )
    )

    if dry_run:
        assert sent(served) == []
        body = made["request"]["body"]
    else:
        ((_, _, body),) = sent(served)
    arm = body["source"][spec.arm]
    by_reference = list(credentials(spec.key, SECRET).values()) if dry_run else []
    for name, value in first["source"][spec.arm].items():
        if name not in ("tableMappings", "settings") and not isinstance(value, dict):
            assert arm.get(name) in (value, "********", *by_reference), name
    assert not any("Another ClickPipe" in warning for warning in made.get("warnings", ()))


async def test_the_same_for_another_topic_is_one_short_call(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    login = {"username": "reader", "password": "${env:" + SECRET + "}"}

    made = facts(
        await served.call(
            "create_kafka_clickpipe",
            name="returns",
            like=KAFKA["name"],
            source={"topics": "returns", "credentials": login},
            destination={"table": "returns"},
        )
    )

    ((_, _, body),) = sent(served)
    inner = KAFKA["source"]["kafka"]
    assert body["source"]["kafka"]["topics"] == "returns"
    assert body["source"]["kafka"]["brokers"] == inner["brokers"]
    assert body["destination"]["columns"] == KAFKA["destination"]["columns"]
    assert "consumerGroup" not in body["source"]["kafka"]
    (told,) = [one for one in made["warnings"] if "two pipes cannot share" in one]
    assert "source.consumer_group" in told
    assert pipe not in body["name"]


async def test_a_missing_secret_is_asked_for_by_name(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    refusal = error(
        await served.call(
            "create_kafka_clickpipe", name="returns", like=pipe, source={"topics": "returns"}
        )
    )

    assert [problem["field"] for problem in refusal["problems"]] == [
        "source.credentials.username",
        "source.credentials.password",
    ]
    assert "was copied from “My Kafka ClickPipe”" in refusal["fix"]
    assert "The API never returns source.credentials, so give it here." in refusal["fix"]
    assert served.plane.writes == []


async def test_what_is_copied_breaks_a_rule_as_what_is_given(serve) -> None:
    served = await serve()
    pipe = await served.pipe(S3)

    refusal = error(
        await served.call(
            "create_s3_clickpipe", name="more", like=pipe, source={"queueUrl": "not a queue"}
        )
    )

    assert refusal["code"] == "invalid_arguments"
    assert any(problem["field"] == "source.queueUrl" for problem in refusal["problems"])


async def test_a_pipe_of_another_kind_names_the_tool_for_it(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    refusal = error(await served.call("create_kafka_clickpipe", name="returns", like=pipe))

    assert refusal["problems"][0]["field"] == "like"
    assert "create_postgres_clickpipe" in refusal["problems"][0]["fix"]


async def test_a_pipe_nobody_knows_is_told_with_candidates(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)

    refusal = error(await served.call("create_kafka_clickpipe", name="returns", like="nothing"))

    assert refusal["code"] == "unknown_clickpipe"
    assert KAFKA["name"] in refusal["candidates"][0]


async def test_a_copy_begins_where_it_is_told_to(serve) -> None:
    served = await serve()
    body = copy.deepcopy(KAFKA)
    body["source"]["kafka"]["offset"] = {
        "strategy": "from_timestamp",
        "timestamp": "2026-01-01T00:00",
    }
    pipe = await served.pipe(body)
    login = {"username": "reader", "password": "${env:" + SECRET + "}"}

    shown = facts(
        await served.call(
            "create_kafka_clickpipe",
            name="again",
            like=pipe,
            source={"offset": {"strategy": "from_latest"}, "credentials": login},
            dry_run=True,
        )
    )

    assert shown["request"]["body"]["source"]["kafka"]["offset"] == {"strategy": "from_latest"}
    assert any("fills default.my_table" in warning for warning in shown["warnings"])


async def test_an_unknown_field_beside_like_is_refused_before_anything_is_read(serve) -> None:
    served = await serve()

    refusal = error(await served.call("create_kafka_clickpipe", name="a", like="b", tpic="c"))

    assert refusal["problems"][0]["field"] == "tpic"
    assert served.plane.arrived == []


async def test_without_like_everything_needed_is_asked_for(serve) -> None:
    served = await serve()

    refusal = error(await served.call("create_kafka_clickpipe", name="a"))

    assert {problem["field"] for problem in refusal["problems"]} == {"source", "destination"}


@pytest.mark.parametrize(("dry_run", "lists"), [(True, 1), (False, 2)], ids=["dry run", "call"])
async def test_a_copy_costs_at_most_one_more_list(serve, dry_run, lists) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    login = {"username": "reader", "password": "${env:" + SECRET + "}"}
    source = {"topics": "returns", "credentials": login}
    served.plane.arrived.clear()

    await served.call("create_kafka_clickpipe", name="b", like=pipe, source=source, dry_run=dry_run)

    assert [one.path for one in served.plane.arrived if one.method == "GET"].count(PIPES) == lists


async def test_a_login_in_an_address_is_never_copied(serve) -> None:
    served = await serve()
    body = copy.deepcopy(KAFKA)
    body["source"]["kafka"]["schemaRegistry"] = {
        "url": "https://reader:canary@registry.example.com",
        "authentication": "PLAIN",
        "credentials": {"username": "a", "password": "b"},
    }
    body["source"]["kafka"]["format"] = "AvroConfluent"
    pipe = await served.pipe(body)

    result = await served.call("create_kafka_clickpipe", name="b", like=pipe, dry_run=True)

    assert "canary" not in said(result)
    assert "source.schema_registry.url" in said(result)


async def test_a_secret_that_goes_to_a_new_host_is_asked_about_as_in_any_create(serve) -> None:
    served = await serve(consent="chat")
    pipe = await original(served, next(spec for spec in SOURCES if spec.key == "kafka"))
    served.plane.arrived.clear()
    change = {
        "name": "elsewhere",
        "like": pipe,
        "source": {"brokers": "other.example.org:9092", **credentials("kafka", SECRET)},
        "destination": {"table": "elsewhere"},
    }

    offered = facts(await served.call("create_kafka_clickpipe", **change))
    assert sent(served) == []
    token = offered["summary"].partition("confirmation_token=")[2].split()[0]
    made = facts(await served.call("create_kafka_clickpipe", **change, confirmation_token=token))

    assert made["clickpipe"]["name"] == "elsewhere"


async def test_a_recreation_offers_the_create_that_copies(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    shown = facts(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"topics": "returns"}, dry_run=True
        )
    )

    (action,) = shown["next_actions"]
    assert action["tool"] == "create_kafka_clickpipe"
    assert action["arguments"]["like"] == pipe


async def test_a_server_without_users_is_copied_in_a_whole_call_only(serve) -> None:
    served = await serve()
    pipe = await served.pipe(MONGODB)

    refusal = error(await served.call("create_mongodb_clickpipe", name="again", like=pipe))

    assert "created without like" in refusal["problems"][0]["fix"]
    assert served.plane.writes == []


async def test_a_queue_is_not_shared_by_two_pipes(serve) -> None:
    served = await serve()
    body = copy.deepcopy(S3)
    body["source"]["objectStorage"] |= {
        "isContinuous": True,
        "queueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/events",
    }
    pipe = await served.pipe(body)
    source = {"access_key": {"access_key_id": "an id", "secret_key": "${env:" + SECRET + "}"}}

    shown = facts(
        await served.call("create_s3_clickpipe", name="b", like=pipe, source=source, dry_run=True)
    )

    assert "queueUrl" not in shown["request"]["body"]["source"]["objectStorage"]
    assert any("cannot share it: source.queue_url" in one for one in shown["warnings"])


async def test_a_publication_of_ones_own_is_copied(serve) -> None:
    served = await serve()
    body = copy.deepcopy(POSTGRES)
    inner = body["source"]["postgres"]
    inner["settings"]["publicationName"] = "shop_pub"
    pipe = await served.pipe(body)
    tables = [{**one, "targetTable": "copies"} for one in inner["tableMappings"]]
    login = {"username": "reader", "password": "${env:" + SECRET + "}"}

    shown = facts(
        await served.call(
            "create_postgres_clickpipe",
            name="b",
            like=pipe,
            source={"credentials": login, "tableMappings": tables},
            dry_run=True,
        )
    )

    settings = shown["request"]["body"]["source"]["postgres"]["settings"]
    assert settings["publicationName"] == "shop_pub"
    assert "cannot share" not in str(shown["warnings"])
