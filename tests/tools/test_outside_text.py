"""Whatever the API says, in whichever text: no answer, question, log or journal does its harm."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.private_endpoints import EXAMPLES as ENDPOINT_EXAMPLES
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.faults.cases import GIVEN
from tests.outside import HARMFUL, is_harmless, texts_in
from tests.serving import KAFKA, MONGODB, PIPES, POSTGRES, Arrived, Served, error, said
from tests.tools.network.endpoints import PSC, endpoint
from tests.tools.network.keys import BASTION, key

pytestmark = pytest.mark.anyio

Retell = Callable[[Arrived, bytes], bytes]

CANARY = "QuietCanary4711"
SECRETS = {
    "uri": f"mongodb://u:{CANARY}@h1.example.com/?authMechanismProperties=TOKEN:{CANARY}",
    "password": CANARY,
    "inner": {"secretAccessKey": CANARY, "list": [{"connectionString": CANARY}]},
}
"""What the API has never been seen to answer."""

_DECIDING = re.compile(r"id|\w+Id|\w+At|type|state|status|provider")
"""Fields without which a tool does not get far."""

AT_ONCE = "".join(text for text in HARMFUL.values() if len(text) < 1000)
EVERY_HARM = pytest.mark.parametrize(
    "harm",
    [
        AT_ONCE,
        *(
            pytest.param(text, marks=pytest.mark.redteam("outside text"))
            for text in HARMFUL.values()
        ),
    ],
    ids=["all", *HARMFUL],
)
SPEAKS_FOR_ITSELF = {"get_source_guide"}
"""Asks the API for nothing but the region of a service."""

WRITES_FILES = {"export_clickpipe"}
_LONGEST_ANSWER = 60_000
_PROMETHEUS_LABEL = re.compile(r'(clickpipe_(?:name|state|status))="[^"]*"')


@pytest.fixture
def on(tmp_path) -> dict[str, Any]:
    """Settings under which every tool is offered, and finds its secrets."""
    (tmp_path / "service-account.json").write_text("{}")
    return {"toolsets": TOOLSETS, "secrets_dir": tmp_path}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch) -> None:
    for name in ("KAFKA", "AZURE", "MONGO", "PG", "MYSQL", "AWS", "GCP"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", "e30=")


_FILE = json.dumps({"kind": "kafka", **KAFKA, "source": KAFKA["source"]["kafka"]})


async def calls(served: Served) -> dict[str, dict[str, Any]]:
    """Arguments for every tool, about things that are there."""
    kafka, mongodb = await served.pipe(KAFKA), await served.pipe(MONGODB)
    postgres = await served.pipe(POSTGRES, state="stopped")
    made, ssh_key = await endpoint(served, PSC), await key(served)
    about = {"clickpipe": kafka}
    found: dict[str, dict[str, Any]] = {
        "list_services": {},
        "list_clickpipes": {},
        "list_network_paths": {},
        "list_private_endpoints": {},
        "list_ssh_keys": {},
        "get_clickpipe": {"clickpipe": mongodb},
        "get_clickpipe_metrics": {},
        "get_clickpipe_settings": about,
        "get_cdc_scaling": {},
        "get_gcp_identity": {},
        "export_clickpipe": {"format": "terraform"},
        "plan_clickpipes": {"content": _FILE},
        "apply_clickpipes": {"content": _FILE, "dry_run": True},
        "get_private_endpoint": {"endpoint": made["id"]},
        "get_ssh_key": {"ssh_key": ssh_key["id"]},
        "diagnose_clickpipe": about,
        "wait_for_clickpipe": about | {"timeout_s": 1},
        "discover_source_schema": {
            "kind": "kafka",
            "source": next(spec for spec in SOURCES if spec.key == "kafka").example["source"],
        },
        "check_source": GIVEN["check_source"].arguments,
        "create_private_endpoint": ENDPOINT_EXAMPLES["VPC_ENDPOINT_SERVICE"],
        "create_ssh_key": BASTION | {"name": "another"},
        "validate_ssh_key": {"ssh_key": ssh_key["id"]},
        "update_private_endpoint": {"endpoint": made["id"], "custom_private_dns_mappings": []},
        "update_clickpipe": {
            "clickpipe": postgres,
            "dry_run": True,
            "source": {"settings": {"sync_interval_seconds": 30}, "database": "other"},
        },
        "update_clickpipe_settings": about | {"settings": {"streaming_max_insert_wait_ms": 600}},
        "scale_clickpipe": about | {"replicas": 2},
        "update_cdc_scaling": {"replica_cpu_millicores": 2000, "replica_memory_gb": 8},
        "undo_last_change": {"clickpipe": kafka, "dry_run": True},
        "start_clickpipe": {"clickpipe": postgres},
        "resync_clickpipe": {"clickpipe": mongodb},
        "stop_clickpipe": about,
        **{f"create_{spec.key}_clickpipe": dict(spec.example) for spec in SOURCES},
        "delete_ssh_key": {"ssh_key": ssh_key["id"]},
        "delete_private_endpoint": {"endpoint": made["id"]},
        "delete_clickpipe": about,
    }
    assert found.keys() | SPEAKS_FOR_ITSELF == {tool.name for tool in TOOLS}
    for tool in TOOLS:
        if tool.name in found and "service" in tool.arguments.model_fields:
            found[tool.name] = {"service": DEFAULT_SERVICE_ID, **found[tool.name]}
    return found


def worse(value: Any, harm: str, *, spares: bool, name: str = "") -> Any:
    """A document with something harmful after every text; what decides may be spared."""
    if isinstance(value, dict):
        # Beside what is known stands what nobody has heard of.
        more = {} if spares else {f"new {harm}": harm}
        items = {key: worse(item, harm, spares=spares, name=key) for key, item in value.items()}
        return {**items, **more}
    if isinstance(value, list):
        return [worse(item, harm, spares=spares, name=name) for item in value]
    is_spared = spares and _DECIDING.fullmatch(name)
    return f"{value}{harm}" if isinstance(value, str) and not is_spared else value


def saying(harm: str, *, spares: bool) -> Retell:
    def retell(arrived: Arrived, answered: bytes) -> bytes:
        if arrived.path.endswith("/prometheus"):
            label = json.dumps(harm)[1:-1].replace("\\u", "u")
            text = _PROMETHEUS_LABEL.sub(lambda found: f'{found[1]}="x{label}"', answered.decode())
            return text.encode()
        if not spares and arrived.path.endswith(("/organizations", "/services")):
            return answered  # or no tool gets any further
        document = json.loads(answered) if answered else {}
        is_rows = "data" in document
        return json.dumps(worse(document, harm, spares=spares or is_rows)).encode()

    return retell


def failing(harm: str, *, spares: bool) -> Retell:
    def retell(_: Arrived, __: bytes) -> bytes:
        told = {"status": 400, "error": f"it failed{harm}", "requestId": f"r{harm}"}
        return json.dumps(told if spares else told | {"error": {"text": harm}}).encode()

    return retell


def check_harmless(result: Any, *, is_file: bool = False) -> None:
    """A file has lines, of which each has to do no harm."""
    text = said(result)
    assert len(text) <= _LONGEST_ANSWER
    assert [line for line in text.split("\n") if not is_harmless(line[:3000])] == []
    texts = list(texts_in(result.structured_content))
    if is_file:
        texts = [line for one in texts for line in one.split("\n")]
    assert [one for one in texts if not is_harmless(one)] == []
    assert not re.search(r"^(?:- )?(?:delete_clickpipe \{\}|Next:\s*- b)", text, re.MULTILINE)


@pytest.mark.parametrize("spares", [True, False], ids=["but what decides", "all"])
@EVERY_HARM
async def test_no_text_of_the_api_does_harm_in_any_answer(
    serve, on, harm, spares, tmp_path, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    journal = tmp_path / "journal.jsonl"
    server = await serve(
        **on,
        consent="dangerously-off",
        journal=journal,
        simulator={"scenario": "malformed-records"},
    )
    asked = await calls(server)
    server.plane.retell = saying(harm, spares=spares)
    answered = set()

    for tool, arguments in asked.items():
        server.clock.advance(60)  # a size is shown once it has settled
        result = await server.call(tool, **{"service": None, **arguments})
        check_harmless(result, is_file=tool in WRITES_FILES)
        answered |= set() if result.is_error else {tool}

    if spares and harm == AT_ONCE:
        assert sorted(asked.keys() - answered) == []
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        assert all(is_harmless(text) for text in texts_in(json.loads(line)))
    for record in caplog.records:
        assert all(is_harmless(line[:3000]) for line in record.getMessage().split("\n"))


@EVERY_HARM
async def test_no_error_of_the_api_does_harm_in_any_answer(serve, on, harm) -> None:
    server = await serve(**on, consent="dangerously-off")
    asked = await calls(server)
    for spares in (True, False):
        server.plane.retell, server.plane.status = failing(harm, spares=spares), 400
        for tool, arguments in asked.items():
            check_harmless(await server.call(tool, **{"service": None, **arguments}))


@EVERY_HARM
async def test_no_text_of_the_api_does_harm_in_a_question(serve, on, era, harm) -> None:
    async def person(asked: ElicitRequestParams) -> ElicitResult:
        messages.append(asked.message)
        return ElicitResult(action="decline")

    messages: list[str] = []
    server = await serve(**on, era=era, person=person)
    asked = await calls(server)
    server.plane.retell = saying(harm, spares=True)

    destructive = [tool for tool in asked if tool.startswith(("delete", "stop", "resync"))]
    for tool in destructive:
        check_harmless(await server.call(tool, **asked[tool]))

    assert len(messages) == len(destructive)
    for line in "\n".join(messages).split("\n"):
        assert is_harmless(line)
        assert not line.startswith(("Next:", "- delete"))


def telling_secrets(_: Arrived, answered: bytes) -> bytes:
    document = json.loads(answered) if answered[:1] == b"{" else None
    for pipe in pipes_in(document):
        pipe["settings"] = {"apiKey": CANARY}
        for arm in filter(None, (pipe["source"] or {}).values()):
            arm.update(SECRETS)
    return answered if document is None else json.dumps(document).encode()


def pipes_in(document: Any) -> Iterator[dict[str, Any]]:
    result = document.get("result") if isinstance(document, dict) else None
    for pipe in result if isinstance(result, list) else [result]:
        if isinstance(pipe, dict) and "source" in pipe:
            yield pipe


async def test_a_secret_the_api_would_answer_is_told_nowhere(serve, on, tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    journal = tmp_path / "journal.jsonl"
    server = await serve(**on, consent="dangerously-off", journal=journal)
    asked = await calls(server)
    asked["update_clickpipe"] = {
        "clickpipe": asked["get_clickpipe"]["clickpipe"],
        "dry_run": True,
        "source": {
            "uri": "mongodb://h2.example.com/",
            "credentials": {"username": "u", "password": "${env:CLICKPIPES_SECRET_MONGO}"},
        },
    }
    server.plane.retell = telling_secrets

    for tool, arguments in asked.items():
        result = await server.call(tool, **{"service": None, **arguments})
        assert CANARY not in said(result) + repr(result), tool

    assert CANARY not in caplog.text
    assert CANARY not in journal.read_text(encoding="utf-8")


async def test_a_secret_the_api_would_answer_is_asked_about_nowhere(serve, on) -> None:
    async def person(asked: ElicitRequestParams) -> ElicitResult:
        told.append(asked.message)
        return ElicitResult(action="decline")

    told: list[str] = []
    server = await serve(**on, person=person)
    pipe = await server.pipe(MONGODB)
    server.plane.retell = telling_secrets
    credentials = {"username": "u", "password": "${env:CLICKPIPES_SECRET_MONGO}"}
    source = {"uri": "mongodb://h2.example.com/", "credentials": credentials}
    told.append(said(await server.call("delete_clickpipe", clickpipe=pipe)))
    told.append(said(await server.call("update_clickpipe", clickpipe=pipe, source=source)))
    await server.pipe(MONGODB)
    told.append(said(await server.call("delete_clickpipe", clickpipe=MONGODB["name"])))

    assert len(told) == 5
    assert "h1.example.com" in "".join(told)
    assert CANARY not in "".join(told)


OTHER = "5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004"


@pytest.mark.parametrize("told", ["{}\u200b", "{}\n", " {}", "{}\x1b[m", "{}\ud800", OTHER])
async def test_an_id_that_is_not_as_asked_for_addresses_nothing(serve, told) -> None:
    """Least of all the thing whose id it looks like once it is cleaned."""

    def retell(arrived: Arrived, answered: bytes) -> bytes:
        document = json.loads(answered) if answered else {}
        for pipe in pipes_in(document):
            if told != OTHER or arrived.path != PIPES:
                pipe["id"] = told.format(pipe["id"])
        return json.dumps(document).encode()

    server = await serve(consent="dangerously-off")
    pipe = await server.pipe(KAFKA)
    server.plane.retell = retell

    for named in (pipe, str(KAFKA["name"])) if told != OTHER else (pipe,):
        error(await server.call("scale_clickpipe", clickpipe=named, replicas=2))
        if told != OTHER:  # what destroys goes by the list
            error(await server.call("delete_clickpipe", clickpipe=named))
            error(await server.call("stop_clickpipe", clickpipe=named))

    assert not any(OTHER in one.path for one in server.plane.arrived)
    assert server.plane.writes == []
