"""Recorded requests, made through the tools: what the API takes arrives, the rest does not."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES, source_of
from tests.published.facts import kept
from tests.serving import KAFKA, KINESIS, POSTGRES, REFERENCE_BODIES, S3, Served, error, said

pytestmark = pytest.mark.anyio

CASES: list[dict[str, Any]] = kept("cases.json")["cases"]
SERVICE_PATH = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}"
RATE = 10
ARMS = {key: body for body in REFERENCE_BODIES for key in body["source"]}
WORDS = {
    "Kafka": KAFKA,
    "Kinesis": KINESIS,
    "object storage": S3,
    "Postgres": POSTGRES,
    "MySQL": ARMS["mysql"],
    "MongoDB": ARMS["mongodb"],
    "BigQuery": ARMS["bigquery"],
    "database": POSTGRES,
}
# What differs between a recorded body and what is sent for it, on purpose: a time that one client
# writes as text is sent in the seconds of the contract, and settings have an endpoint of their own.
SENT_OTHERWISE = {"kinesis-timestamp-string", "patch-name-and-settings"}


@dataclass
class Asked:
    """A tool call that stands for a recorded request."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    times: int = 1


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def created_by(body: dict[str, Any]) -> str:
    """The create tool for a body: that of its first arm, whichever values it holds."""
    arms = [key for key in body.get("source", {}) if key != "validateSamples"]
    kind = next((s for s in SOURCES if s.arm in arms), SOURCES[0])
    inner = body.get("source", {}).get(kind.arm) or {}
    return f"create_{(source_of(kind.arm, inner.get('type')) or kind).key}_clickpipe"


def asked(case: dict[str, Any], pipe: str) -> Asked:
    """The tool call that an assistant would make for a recorded request."""
    method, path, body = case["method"], case["path"].partition("{serviceId}")[2], case["body"]
    on_pipe = {"clickpipe": pipe}
    match [method, *path.strip("/").split("/")]:
        case ["POST", "clickpipes", "schemaDiscovery"]:
            ((arm, source),) = body["source"].items()
            kind = source_of(arm, source.get("type"))
            return Asked(
                "discover_source_schema", {"kind": kind.key if kind else arm, "source": source}
            )
        case ["POST", "clickpipes"]:
            return Asked(created_by(body), body)
        case ["GET", "clickpipes"]:
            times = RATE + 1 if case["status"] == 429 else 1
            return Asked("list_clickpipes", times=times)
        case ["PATCH", "clickpipes", _, "state"]:
            return Asked(f"{body.get('command', 'start')}_clickpipe", on_pipe | without(body))
        case [_, "clickpipes", _, "settings"]:
            more = {} if body is None else {"settings": body}
            return Asked(f"{VERBS[method]}_clickpipe_settings", on_pipe | more)
        case ["PATCH", "clickpipes", _, "scaling"]:
            return Asked("scale_clickpipe", on_pipe | body)
        case [_, "clickpipes", _]:
            return Asked(f"{VERBS[method]}_clickpipe", on_pipe | (body or {}))
        case [_, "clickpipesCdcScaling"]:
            return Asked(f"{VERBS[method]}_cdc_scaling", body or {})
        case [_, "clickpipesReversePrivateEndpoints", *rest]:
            verb = "create" if method == "POST" else VERBS[method]
            noun = "private_endpoint" if rest or method == "POST" else "private_endpoints"
            verb = "list" if noun.endswith("s") else verb
            return Asked(f"{verb}_{noun}", ({"endpoint": pipe} if rest else {}) | (body or {}))
    raise AssertionError(f"{method} {path} has no tool")


VERBS = {"GET": "get", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


def without(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "command"}


def body_before(case: dict[str, Any]) -> dict[str, Any]:
    """The pipe that exists before: as the precondition says, else as the request implies."""
    said_before = case.get("precondition") or ""
    for word, body in WORDS.items():
        if word.lower() in said_before.lower():
            return body
    arms = ((case.get("body") or {}).get("source") or {}).keys()
    return next((ARMS[arm] for arm in arms if arm in ARMS), KAFKA)


async def prepare(served: Served, case: dict[str, Any]) -> str:
    """The world as the case wants it; the id of the pipe it is about."""
    before = case.get("precondition") or ""
    pipe = ""
    if "{clickPipeId}" in case["path"] or "database pipe" in before or "Cdc" in case["path"]:
        body = body_before(case)
        if "Cdc" in case["path"]:
            body = POSTGRES
        body = json.loads(json.dumps(body))
        tables = (body["source"].get("postgres") or {}).get("tableMappings")
        for gone in removed(case):
            if tables is not None:
                tables.append(gone)
        pipe = await served.pipe(body, state="stopped" if "Paused" in before else "settled")
    if "does not exist" in before:
        pipe = "00000000-0000-4000-8000-000000000000"
    if "service state stopped" in before:
        await served.plane.by_somebody_else("PATCH", f"{SERVICE_PATH}/state", {"command": "stop"})
        served.clock.advance(3600)
    served.plane.arrived.clear()
    return pipe


def removed(case: dict[str, Any]) -> list[dict[str, Any]]:
    source = ((case.get("body") or {}).get("source") or {}).get("postgres") or {}
    return list(source.get("tableMappingsToRemove") or ())


async def answered(serve: Any, case: dict[str, Any]) -> tuple[Served, Any]:
    limited = {"rate_limit": True} if case["status"] == 429 else {}
    served = await serve(
        consent="dangerously-off",
        toolsets=("pipes", "create", "tuning", "insight", "code", "network"),
        simulator=limited,
    )
    pipe = await prepare(served, case)
    call = asked(case, pipe)
    for _ in range(call.times):
        result = await served.call(call.tool, **call.arguments)
    return served, result


VALID = [case for case in CASES if case["expect"] == "valid"]
INVALID = [case for case in CASES if case["expect"] == "invalid" and case["status"] != 429]
UNCERTAIN = [case for case in CASES if case["expect"] == "client_dependent"]
THROTTLED = [case for case in CASES if case["status"] == 429]


def _id(case: dict[str, Any]) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", VALID, ids=_id)
async def test_what_the_api_accepts_is_sent_and_accepted(serve, case) -> None:
    served, result = await answered(serve, case)

    assert not result.is_error, said(result)
    last = served.plane.arrived[-1] if case["method"] == "GET" else sent(served, case)
    if case["body"] is not None and case["id"] not in SENT_OTHERWISE:
        assert last.body == without_nulls(case["body"])


def sent(served: Served, case: dict[str, Any]) -> Any:
    """The request of the recorded method; others may have gone before it or after."""
    return next(r for r in reversed(served.plane.arrived) if r.method == case["method"])


@pytest.mark.parametrize("case", INVALID, ids=_id)
async def test_what_the_api_refuses_is_refused(serve, case) -> None:
    served, result = await answered(serve, case)

    refusal = error(result)
    if refusal["code"] == "invalid_arguments":
        assert served.plane.writes == []
        assert all(problem["problem"] for problem in refusal["problems"])


@pytest.mark.parametrize("case", UNCERTAIN, ids=_id)
async def test_what_sources_disagree_on_is_left_to_the_api(serve, case) -> None:
    served, result = await answered(serve, case)

    assert not result.is_error or error(result)["code"] != "invalid_arguments", said(result)
    assert served.plane.writes


@pytest.mark.parametrize("case", THROTTLED, ids=_id)
async def test_more_requests_than_allowed_wait_instead_of_failing(serve, case) -> None:
    _, result = await answered(serve, case)

    assert not result.is_error, said(result)
