"""A file held against a service: nothing to do where nothing changed, and else exactly that."""

import copy
import json
from typing import Any

import pytest
import yaml

from clickpipes_mcp.code.target import Selection
from clickpipes_mcp.code.targets.declarative import write_declarations
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS
from clickpipes_mcp.sources import SOURCES
from tests.code.written import EVERY_BODY, declared, made
from tests.guides.losses import body_of
from tests.redteam.canaries import CANARY
from tests.serving import KAFKA, POSTGRES, S3, Served, error, facts, said

pytestmark = pytest.mark.anyio
PLAN = "plan_clickpipes"


async def exported(served: Served) -> str:
    """The whole service as a file."""
    content, following = "", {"format": "yaml"}
    while following:
        told = facts(await served.call("export_clickpipe", **following))
        content += told["content"]
        action = told.get("next_actions", [None])[0]
        following = action and {k: v for k, v in action["arguments"].items() if k != "service"}
    return content


async def planned(served: Served, content: str) -> dict[str, Any]:
    return facts(await served.call(PLAN, content=content))


def is_nothing(told: dict[str, Any]) -> bool:
    return told["summary"].startswith("Nothing to do") and told["clickpipes"] == []


async def test_what_was_written_down_is_nothing_to_do(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    pipes = await made(served, EVERY_BODY)
    content = write_declarations(Selection(DEFAULT_SERVICE_ID, declared(pipes))).text

    told = await planned(served, content)

    assert is_nothing(told), told


async def test_no_trouble_and_no_state_of_a_pipe_is_a_change(serve) -> None:
    for scenario in SCENARIOS:
        served = await serve(toolsets=TOOLSETS, simulator={"scenario": scenario, "pipes": 8})
        told = await planned(served, await exported(served))
        assert is_nothing(told), (scenario, told)


@pytest.mark.parametrize("command", ["stop", "start", "resync"])
async def test_no_moment_of_a_change_of_state_is_a_change(serve, command) -> None:
    served = await serve(toolsets=TOOLSETS)
    pipes = [await served.pipe(body) for body in (KAFKA, POSTGRES)]
    if command == "start":
        for pipe in pipes:
            await served.command(pipe, "stop")
        served.clock.advance(3600)
    await served.command(pipes[1], command)
    if command != "resync":
        await served.command(pipes[0], command)
    for _ in range(12):
        assert is_nothing(await planned(served, await exported(served)))
        served.clock.advance(5)


async def test_every_pipe_shows_what_differs_and_what_is_cut_is_said(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    for number in range(7):
        await served.pipe(KAFKA | {"name": f"orders {number}"})
    documents = list(yaml.safe_load_all(await exported(served)))
    for document in documents:
        document["source"]["topics"] = "returns"

    few = await planned(served, yaml.safe_dump_all(documents))
    many = [documents[0] | {"name": f"new {number}"} for number in range(60)]
    cut = await planned(served, yaml.safe_dump_all(many))

    told = {one["clickpipe"] for one in few["changes"] if one["field"].endswith("topics")}
    assert told == {document["name"] for document in documents}
    assert not any("Only 50" in one for one in few["warnings"])
    assert any("Only 50 of 67 pipes are shown" in one for one in cut["warnings"])
    assert any("and 40 more: compute" in one for one in cut["costs"])


async def test_whether_a_pipe_was_looked_at_changes_no_verdict(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    for number in range(6):
        await served.pipe(POSTGRES | {"name": f"tables {number}"})
    documents = list(yaml.safe_load_all(await exported(served)))
    for document in documents:
        document["source"].setdefault("settings", {})["sync_interval_seconds"] = 45
        document["source"]["tls_host"] = "db.example.com"

    told = (await planned(served, yaml.safe_dump_all(documents)))["changes"]

    verdicts = {(one["field"].rpartition(".")[2], one["verdict"]) for one in told}
    assert verdicts >= {
        ("sync_interval_seconds", "needs the pipe paused"),
        ("tls_host", "in place"),
    }
    assert len({field for field, _ in verdicts}) == len(verdicts)
    assert {one["clickpipe"] for one in told} == {one["name"] for one in documents}


async def test_a_service_without_pipes_is_nothing_to_do(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    content = await exported(served)
    empty = [await planned(served, text) for text in (content, "[]", "# nothing")]
    await served.pipe(KAFKA)
    beyond = await planned(served, content)

    assert all(is_nothing(told) for told in empty), empty
    assert "no pipe in the file, and none in the service" in empty[0]["summary"]
    assert [one["stands"] for one in beyond["clickpipes"]] == ["not in the file"]


WITH_LOGIN = [
    spec
    for spec in SOURCES
    if spec.update is not None
    and "credentials" in spec.update.model_fields
    and {"tls_host", "authentication"} & spec.update.model_fields.keys()
]


@pytest.mark.parametrize("spec", WITH_LOGIN, ids=lambda spec: spec.key)
async def test_a_secret_written_out_in_a_file_is_not_in_its_plan(serve, spec) -> None:
    served = await serve(toolsets=TOOLSETS)
    for number in range(2):
        await served.pipe(body_of(spec) | {"name": f"pipe {number}"})
    documents = list(yaml.safe_load_all(await exported(served)))
    for document in documents:
        source = document["source"]
        source["credentials"] |= {"password": CANARY}
        known = "tls_host" in spec.update.model_fields
        source |= {"tls_host": "db.example.com"} if known else {"authentication": "SCRAM-SHA-512"}

    told = await served.call(PLAN, content=yaml.safe_dump_all(documents))

    assert {one["clickpipe"] for one in facts(told)["changes"]} == {d["name"] for d in documents}
    assert CANARY not in said(told)
    assert CANARY not in json.dumps(told.structured_content)


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]], str]] = {
    "topic": (
        KAFKA, {"source": {"topics": "other"}}, [("source.topics", "recreate")], "a new pipe",
    ),
    "name of a person": (KAFKA, {"name": "renamed"}, [], "create_kafka_clickpipe"),
    "login": (
        KAFKA, {"source": {"authentication": "SCRAM-SHA-512"}},
        [("source.authentication", "in place")], "update_clickpipe",
    ),
    "settings": (
        KAFKA, {"settings": {"streaming_max_insert_wait_ms": 700}},
        [("settings.streaming_max_insert_wait_ms", "in place")], "update_clickpipe",
    ),
    "size": (
        S3,
        {"scaling": {"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1}},
        [("scaling.replicas", "in place"), ("scaling.replica_cpu_millicores", "in place"),
         ("scaling.replica_memory_gb", "in place")],
        "scale_clickpipe",
    ),
    "stop": (KAFKA, {"stopped": True}, [("stopped", "in place")], "stop_clickpipe"),
    "interval": (
        POSTGRES, {"source": {"settings": {"sync_interval_seconds": 30}}},
        [("source.settings.sync_interval_seconds", "needs the pipe paused")], "update_clickpipe",
    ),
    "slot": (
        POSTGRES, {"source": {"settings": {"publication_name": "mine"}}},
        [("source.settings.publication_name", "recreate")], "a new pipe",
    ),
    "host": (
        POSTGRES, {"source": {"host": "new.example.com"}},
        [("source.host", "in place"), ("source.credentials.username", "in place"),
         ("source.credentials.password", "in place")],
        "update_clickpipe",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
async def test_a_change_in_the_file_is_told_as_that_change(serve, case, monkeypatch) -> None:
    body, change, fields, takes = CHANGES[case]
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(body)
    document = yaml.safe_load(await exported(served))
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_MY_POSTGRES_CDC_CLICKPIPE_{name}", "invented")
        monkeypatch.setenv(f"CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_{name}", "invented")

    told = await planned(served, json.dumps(merged(document, change)))

    found = {(one["field"], one["verdict"]) for one in told.get("changes", [])}
    assert found >= set(fields), told
    assert {field for field, _ in found} <= {field for field, _ in fields} | CREDENTIALS
    assert told["clickpipes"][0]["takes"].startswith(takes)
    assert told["summary"].startswith("There is something to do")
    assert served.plane.writes == []


CREDENTIALS = {"source.credentials.username", "source.credentials.password"}


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(one)
    for name, value in other.items():
        is_object = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = merged(found[name], value) if is_object else value
    return found


async def test_tables_are_told_one_by_one(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(POSTGRES)
    document = yaml.safe_load(await exported(served))
    (users,) = document["source"]["table_mappings"]
    orders = users | {"source_table": "orders", "target_table": "public_orders"}
    document["source"]["table_mappings"] = [orders]
    swapped = await planned(served, json.dumps(document))
    document["source"]["table_mappings"] = [users | {"table_engine": "ReplacingMergeTree"}]
    edited = await planned(served, json.dumps(document))

    assert {(one["field"], one.get("before"), one.get("after")) for one in swapped["changes"]} == {
        ("source.table_mappings (added)", None, "public.orders -> public_orders"),
        ("source.table_mappings (removed)", "public.users -> public_users", None),
    }
    assert any("loaded in full" in told for told in swapped["effects"])
    assert swapped["costs"]
    (change,) = edited["changes"]
    assert "cannot be edited" in change["after"]
    assert edited["clickpipes"][0]["takes"].startswith("a new pipe")


async def test_pipes_beyond_the_file_and_names_that_are_shared_are_told(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(KAFKA | {"name": "kept"})
    content = await exported(served)
    await served.pipe(S3 | {"name": "stranger"})
    beyond = await planned(served, content)
    table = KAFKA["destination"] | {"table": "twin"}
    await served.pipe(KAFKA | {"name": "kept", "destination": table})
    shared = await planned(served, content)

    assert [(r["clickpipe"], r["stands"]) for r in beyond["clickpipes"]] == [
        ("stranger", "not in the file")
    ]
    assert "Nothing to do" in beyond["summary"]
    assert any("Several pipes" in warning for warning in shared["warnings"])
    assert "something to do" in shared["summary"]


WRONG = {
    "": "must not be empty",
    "- a\n- b": "no object",
    "kind: kafka\nname: [": "no YAML or JSON in line",
    "kind: nothing\nname: a": "no kind of source",
    "a: &x 1\nb: *x": "no YAML or JSON",
    "kind: kafka\nkind: s3": "no YAML or JSON",
    "kind: !!python/object/apply:os.system [ls]": "no YAML or JSON",
    "kind: kafka\nname: a\nstopped: 3": "must be true or false",
    "kind: kafka\nname: a\nshape: round": "is not a field",
    "kind: kafka\nname: a\nservice: other": "is not a field",
    "kind: s3\nsource: {}\ndestination: {}": "is required",
    " \n": "must not be empty",
    "x" * 200_001: "longer than",
    "[" * 5000: "no YAML or JSON",
    "- " * 5000: "no YAML or JSON",
    "kind: kafka\nname: !!binary aGk=": "no YAML or JSON in line 2",
    "kind: kafka\nname: a\nstopped: no": "must be true or false",
    "kind: kafka\nname: ~": "is required",
    "kind: kafka\nname: a\n<<: {stopped: true}": "is not a field",
    "".join("---\nkind: s3\nname: same\nsource: {}\ndestination: {}\n" for _ in "ab"): "twice",
}


@pytest.mark.parametrize("content", WRONG, ids=lambda text: text[:30])
async def test_what_is_no_file_of_pipes_is_refused(serve, content) -> None:
    served = await serve(toolsets=TOOLSETS)

    told = error(await served.call(PLAN, content=content))

    assert told["code"] == "invalid_arguments"
    assert any(WRONG[content] in problem["problem"] for problem in told["problems"]), told
    assert served.plane.writes == []


async def test_a_pipe_that_a_rule_forbids_is_told_before_it_is_made(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    document = {"kind": "kafka", "name": "new", "source": {"type": "kafka"}, "destination": {}}

    told = await planned(served, json.dumps(document))

    assert told["clickpipes"][0]["takes"] == "create_kafka_clickpipe"
    assert any("would be refused" in warning for warning in told["warnings"])
