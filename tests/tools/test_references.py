"""References stand wherever a credential stands, are resolved late, and are looked at early."""

import base64
import copy
import json
import logging
from typing import Any

import pytest

from clickpipes_mcp.schema_shape import REFERENCE, full_schema
from clickpipes_mcp.sources import SOURCES
from tests.examples import BODY_OF
from tests.serving import MONGODB, error, facts, said

pytestmark = pytest.mark.anyio

CANARY = "QuietCanary"
_DER = b"\x30\x81\x80" + bytes(range(128))
PEM = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(_DER).decode()}\n-----END CERTIFICATE-----"
Path = tuple[str | int, ...]


def places(node: dict[str, Any], path: Path = ()) -> list[Path]:
    """Every field of a schema that takes a reference."""
    found: list[Path] = [path] if REFERENCE in node else []
    for name, inner in node.get("properties", {}).items():
        found += places(inner, (*path, name))
    return found + (places(node["items"], (*path, 0)) if "items" in node else [])


def placed(arguments: Any, path: Path, value: object) -> Any:
    if not path:
        return value
    known = arguments if isinstance(arguments, dict) else {}
    return {**known, path[0]: placed(known.get(path[0]), path[1:], value)}


def at(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


CREATE = [(spec, path) for spec in SOURCES for path in places(full_schema(spec.create))]
UPDATE = [
    (spec, path)
    for spec in SOURCES
    if spec.update is not None
    for path in places(full_schema(spec.update))
]
KAFKA = SOURCES[0]


def named(part: Any) -> str:
    return getattr(part, "key", None) or ".".join(map(str, part))


def value_for(path: Path) -> str:
    return PEM if "certificate" in str(path[-1]) else CANARY


@pytest.fixture(autouse=True)
def _secrets(tmp_path, monkeypatch, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "canary").write_text(CANARY + "\n")
    (tmp_path / "pem").write_text(PEM + "\n")
    for name in ("client.pem", "client-key.pem", "ca.pem", "key.json", "service-account.json"):
        (tmp_path / name).write_text("{}")
    for name in ("KAFKA", "AWS", "AZURE", "PG", "MYSQL", "MONGO", "GCS", "BQ", "PUBSUB", "X"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", "example")


def assert_seen_nowhere(result: Any, caplog: Any, value: str) -> None:
    shown = said(result) + json.dumps(result.structured_content) + repr(result)
    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for line in value.splitlines():
        if not line.startswith("-----"):
            assert line not in shown
            assert line not in logged


def test_logins_keys_and_certificates_take_references() -> None:
    names = {str(path[-1]) for _, path in (*CREATE, *UPDATE)}
    assert names >= {
        "username",
        "password",
        "access_key_id",
        "secret_key",
        "connection_string",
        "certificate",
        "private_key",
        "ca_certificate",
        "service_account_key",
        "service_account_file",
    }


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_every_field_below_credentials_takes_a_reference(spec) -> None:
    for model in filter(None, (spec.create, spec.update)):
        schema = full_schema(model)
        taking = set(places(schema))
        for name in ("credentials", "access_key"):
            for at_source in (schema["properties"].get("source", {}), schema):
                holder = at_source.get("properties", {}).get(name, {})
                for field, node in holder.get("properties", {}).items():
                    assert REFERENCE in node, (spec.key, name, field)
        assert all(
            path in taking for path in _named_paths(schema, ()) if "certificate" in str(path[-1])
        )


def _named_paths(node: dict[str, Any], path: Path) -> list[Path]:
    found = []
    for name, inner in node.get("properties", {}).items():
        found += [(*path, name), *_named_paths(inner, (*path, name))]
    return found


@pytest.mark.parametrize(("spec", "path"), CREATE, ids=named)
async def test_a_reference_of_a_create_arrives_resolved_and_is_seen_nowhere_else(
    serve, caplog, tmp_path, spec, path
) -> None:
    served = await serve(sources=(spec.key,), secrets_dir=tmp_path)
    value = value_for(path)
    reference = "${file:pem}" if value == PEM else "${file:canary}"
    arguments = placed(copy.deepcopy(dict(spec.example)), path, reference)
    arguments = _kept(spec, path, arguments)

    result = await served.call(f"create_{spec.key}_clickpipe", **arguments)

    assert_seen_nowhere(result, caplog, value)
    assert served.plane.writes, said(result)
    sent = at(served.plane.writes[0].body["source"][spec.arm], tuple(map(camel, path[1:])))
    assert sent == value


def _kept(spec: Any, path: Path, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with what a field needs beside it, so that no rule refuses it."""
    if spec.key == "kafka":
        return _kept_kafka(path, arguments)
    source = dict(arguments["source"])
    if path[1] == "access_key":
        halves = {"access_key_id": "example", "secret_key": "${env:CLICKPIPES_SECRET_AWS}"}
        source |= {"authentication": "IAM_USER", "access_key": halves | source["access_key"]}
        source.pop("iam_role", None)
        source.pop("service_account_key", None)
    if path[1] == "service_account_key":
        source |= {"authentication": "SERVICE_ACCOUNT"}
        source.pop("access_key", None)
    return {**arguments, "source": source}


def _kept_kafka(path: Path, arguments: dict[str, Any]) -> dict[str, Any]:
    source = dict(arguments["source"])
    pairs = {
        "access_key_id": ("msk", "IAM_USER", "secret_key"),
        "secret_key": ("msk", "IAM_USER", "access_key_id"),
        "certificate": ("kafka", "MUTUAL_TLS", "private_key"),
        "private_key": ("kafka", "MUTUAL_TLS", "certificate"),
        "connection_string": ("azureeventhub", "PLAIN", None),
    }
    if path[1] == "credentials" and path[2] in pairs:
        flavour, authentication, other = pairs[str(path[2])]
        value = source["credentials"][path[2]]
        beside = "${file:pem}" if other == "certificate" else "${env:CLICKPIPES_SECRET_X}"
        credentials = {path[2]: value} | ({other: beside} if other else {})
        source |= {"type": flavour, "authentication": authentication, "credentials": credentials}
        source["brokers"] = "broker.example.com:9093"
    if path[1] == "schema_registry":
        login = {"username": "sr", "password": "${env:CLICKPIPES_SECRET_X}"}
        registry = dict(source["schema_registry"])
        registry |= {"url": "https://registry.example.com", "authentication": "PLAIN"}
        registry["credentials"] = login | registry.get("credentials", {})
        source |= {"format": "AvroConfluent", "schema_registry": registry}
    return {**arguments, "source": source}


def test_what_an_update_takes_as_a_reference_a_create_takes_too() -> None:
    creates = {(spec.key, path[1:]) for spec, path in CREATE}
    assert {(spec.key, path) for spec, path in UPDATE} <= creates


@pytest.mark.parametrize(
    ("spec", "path"), [each for each in UPDATE if each[0].key != "pubsub"], ids=named
)
async def test_a_reference_of_an_update_arrives_resolved_and_is_seen_nowhere_else(
    serve, caplog, tmp_path, spec, path
) -> None:
    served = await serve(sources=(spec.key,), secrets_dir=tmp_path, consent="dangerously-off")
    value = value_for(path)
    reference = "${file:pem}" if value == PEM else "${file:canary}"
    pipe = await served.pipe(BODY_OF[spec.key])
    whole = _kept(spec, ("source", *path), placed(dict(spec.example), ("source", *path), reference))
    source = {
        name: item
        for name, item in whole["source"].items()
        if name in spec.update.model_fields and name in (path[0], *_ABOUT_LOGIN)
    }

    result = await served.call(
        "update_clickpipe", clickpipe=pipe, source=source, pause_if_needed=True
    )

    assert_seen_nowhere(result, caplog, value)
    bodies = [sent.body for sent in served.plane.writes if sent.body and "source" in sent.body]
    assert bodies, said(result)
    assert at(bodies[0]["source"][spec.arm], tuple(map(camel, path))) == value


_ABOUT_LOGIN = (
    "authentication",
    "access_key",
    "iam_role",
    "service_account_key",
    "connection_string",
    "credentials",
    "ca_certificate",
)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
@pytest.mark.parametrize(
    "text", ["${file:canary}", "x${env:CLICKPIPES_SECRET_X}", "${ask:name}", "${PGHOST}"]
)
async def test_a_reference_in_another_field_is_refused_and_says_where_they_go(
    serve, spec, text
) -> None:
    served = await serve(sources=(spec.key,))

    refusal = error(
        await served.call(f"create_{spec.key}_clickpipe", **{**spec.example, "name": text})
    )

    (problem,) = refusal["problems"]
    assert problem["field"] == "name"
    assert "reference" in problem["problem"]
    takers = [".".join(map(str, path)) for path in places(full_schema(spec.create))]
    assert takers[0] in problem["fix"]
    assert served.plane.arrived == []


async def test_a_reference_where_a_number_is_wanted_is_one_problem(serve) -> None:
    served = await serve()
    postgres = next(spec for spec in SOURCES if spec.key == "postgres")
    arguments = placed(dict(postgres.example), ("source", "port"), "${env:CLICKPIPES_SECRET_X}")

    refusal = error(await served.call("create_postgres_clickpipe", **arguments))

    assert [problem["field"] for problem in refusal["problems"]] == ["source.port"]
    assert "reference" in refusal["problems"][0]["problem"]


async def test_a_plain_user_name_is_shown_and_called_no_secret(serve) -> None:
    served = await serve()

    shown = facts(await served.call("create_kafka_clickpipe", **KAFKA.example, dry_run=True))

    credentials = shown["request"]["body"]["source"]["kafka"]["credentials"]
    assert credentials["username"] == "reader"
    assert not any("username" in warning for warning in shown.get("warnings", []))


@pytest.mark.parametrize("dry_run", [True, False])
async def test_all_missing_references_come_back_at_once_with_what_to_tell_the_person(
    serve, tmp_path, monkeypatch, dry_run
) -> None:
    monkeypatch.delenv("CLICKPIPES_SECRET_KAFKA")
    served = await serve(secrets_dir=tmp_path)
    arguments = placed(
        copy.deepcopy(dict(KAFKA.example)), ("source", "credentials", "username"), "${file:user}"
    )

    refusal = error(await served.call("create_kafka_clickpipe", **arguments, dry_run=dry_run))

    told = {problem["field"]: problem["fix"] for problem in refusal["problems"]}
    assert set(told) == {"source.credentials.username", "source.credentials.password"}
    assert f"a file named user in {tmp_path}" in told["source.credentials.username"]
    assert "CLICKPIPES_SECRET_KAFKA" in told["source.credentials.password"]
    assert served.plane.writes == []


async def test_a_pipe_is_not_paused_for_an_update_whose_secret_is_missing(serve, tmp_path) -> None:
    served = await serve(secrets_dir=tmp_path, consent="dangerously-off")
    pipe = await served.pipe(BODY_OF["postgres"])
    before = len(served.plane.writes)
    credentials = {"username": "clickpipes", "password": "${file:missing}"}

    for dry_run in (True, False):
        refusal = error(
            await served.call(
                "update_clickpipe",
                clickpipe=pipe,
                source={"credentials": credentials},
                pause_if_needed=True,
                dry_run=dry_run,
            )
        )
        assert refusal["problems"][0]["field"] == "source.credentials.password"
    assert len(served.plane.writes) == before


async def test_a_file_put_there_later_needs_no_restart(serve, tmp_path, monkeypatch) -> None:
    home = tmp_path / "configuration" / "secrets"
    monkeypatch.setattr("clickpipes_mcp.cloud.usual_directory", lambda: home)
    served = await serve()
    arguments = placed(
        copy.deepcopy(dict(KAFKA.example)), ("source", "credentials", "password"), "${file:later}"
    )
    refusal = error(await served.call("create_kafka_clickpipe", **arguments))
    assert str(home) in refusal["problems"][0]["fix"]

    home.mkdir(parents=True)
    (home / "later").write_text(CANARY)
    await served.call("create_kafka_clickpipe", **arguments)

    sent = served.plane.writes[0].body["source"]["kafka"]["credentials"]["password"]
    assert sent == CANARY


async def test_a_secret_written_out_for_discovery_is_warned_about(serve) -> None:
    served = await serve()
    source = placed(
        copy.deepcopy(dict(KAFKA.example["source"])), ("credentials", "password"), CANARY
    )

    result = await served.call("discover_source_schema", kind="kafka", source=source)

    assert CANARY not in said(result)
    assert any(
        warning.startswith("source.credentials.password:") for warning in facts(result)["warnings"]
    )


async def test_a_missing_secret_for_discovery_is_told_by_its_field(serve, tmp_path) -> None:
    served = await serve(secrets_dir=tmp_path)
    source = placed(
        copy.deepcopy(dict(KAFKA.example["source"])), ("credentials", "password"), "${file:no}"
    )

    refusal = error(await served.call("discover_source_schema", kind="kafka", source=source))

    assert refusal["problems"][0]["field"] == "source.credentials.password"
    assert not any("schemaDiscovery" in sent.path for sent in served.plane.arrived)


@pytest.mark.parametrize("field", ["certificate", "private_key"])
async def test_a_damaged_pem_is_refused_written_out_and_by_reference(
    serve, tmp_path, field
) -> None:
    served = await serve(secrets_dir=tmp_path)
    damaged = PEM.replace("MIGA", "****")
    (tmp_path / "damaged").write_text(damaged)
    for text in (damaged, "${file:damaged}"):
        path = ("source", "credentials", field)
        arguments = placed(copy.deepcopy(dict(KAFKA.example)), path, text)
        refusal = error(await served.call("create_kafka_clickpipe", **_kept_kafka(path, arguments)))
        assert refusal["problems"][0]["field"] == f"source.credentials.{field}"
        assert "damaged PEM" in refusal["problems"][0]["problem"]
    assert served.plane.writes == []


SHOWN = [each for each in CREATE if "certificate" in str(each[1][-1])]


@pytest.mark.parametrize(("spec", "path"), SHOWN, ids=named)
async def test_no_secret_goes_out_as_a_certificate_which_the_api_shows_to_all(
    serve, tmp_path, spec, path
) -> None:
    served = await serve(sources=(spec.key,), secrets_dir=tmp_path, consent="dangerously-off")
    key = PEM.replace("CERTIFICATE", "PRIVATE " + "KEY")
    (tmp_path / "key").write_text(PEM + "\n" + key)
    pipe = await served.pipe(BODY_OF[spec.key])
    before = len(served.plane.writes)

    for reference in ("${file:canary}", "${env:CLICKPIPES_SECRET_X}", "${file:key}"):
        whole = _kept(spec, path, placed(copy.deepcopy(dict(spec.example)), path, reference))
        change = {
            name: item
            for name, item in whole["source"].items()
            if name in spec.update.model_fields and name in (path[1], *_ABOUT_LOGIN)
        }
        calls = {f"create_{spec.key}_clickpipe": whole}
        if (spec, path[1:]) in UPDATE:
            calls["update_clickpipe"] = {"clickpipe": pipe, "source": change}
        for tool, arguments in calls.items():
            refusal = error(await served.call(tool, **arguments))
            fields = {problem["field"] for problem in refusal["problems"]}
            assert ".".join(map(str, path)) in fields

    assert len(served.plane.writes) == before


@pytest.mark.parametrize(
    "shown", ["mongodb://[secret]@h.example.com/", "mongodb://h.example\ufffd/"]
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_an_answer_shows_in_the_place_of_something_is_not_sent(
    serve, shown, dry_run
) -> None:
    served = await serve()
    pipe = await served.pipe(MONGODB)
    example = next(spec for spec in SOURCES if spec.key == "mongodb").example
    create = {**example, "source": {**example["source"], "uri": shown}}
    update = {"clickpipe": pipe, "source": {"uri": shown}}

    for tool, arguments in {"create_mongodb": create, "update": update}.items():
        refusal = error(await served.call(f"{tool}_clickpipe", **arguments, dry_run=dry_run))
        told = {one["problem"] for one in refusal["problems"] if one["field"] == "source.uri"}
        assert any("stands in answers" in problem for problem in told)

    assert served.plane.writes == []
