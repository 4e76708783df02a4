"""The models against the published contract and recorded answers, where these are at hand.

Set CLICKPIPES_OPENAPI to the OpenAPI document and CLICKPIPES_API_CASES to recorded cases.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from clickpipes_mcp.operations import (
    CDC_SCALING_RULES,
    SCALING_RULES,
    STATE_COMMANDS,
    CdcScalingRequest,
    PipeSettings,
    ScalingRequest,
    settings_rules,
)
from clickpipes_mcp.sources import SOURCES, source_named, source_of


def _document(variable: str) -> dict:
    path = os.environ.get(variable)
    return json.loads(Path(path).read_text()) if path else {}


SCHEMAS = _document("CLICKPIPES_OPENAPI").get("components", {}).get("schemas", {})
CASES = _document("CLICKPIPES_API_CASES").get("cases", [])

ARMS = {
    "Kafka": "kafka",
    "Kinesis": "kinesis",
    "ObjectStorage": "objectStorage",
    "PubSub": "pubsub",
    "Postgres": "postgres",
    "MySQL": "mysql",
    "MongoDB": "mongodb",
    "BigQuery": "bigquery",
}
DIFFERENCES = {
    "ClickPipeSettings.object_storage_max_insert_bytes.minimum": "the live API enforces its own",
    "ClickPipeSettings.object_storage_max_insert_bytes.maximum": "the live API enforces its own",
    "ClickPipePatchRequest.settings": "validated but not applied; settings have their own endpoint",
    "ClickPipeScaling.concurrency.minimum": "only the PATCH schema says its range",
    "ClickPipeScaling.concurrency.maximum": "only the PATCH schema says its range",
}
KEYWORDS = ("minimum", "maximum", "multipleOf", "maxLength")

# Only the API can know these: they depend on the state of a service, a pipe or a key.
LIVE_STATE = (
    "Current state",
    "validation table",
    "ClickHouse validation failed",
    "x509",
    "no such host",
    "must be paused",
    "already running",
    "ingestion for pipe",
    "not empty",
    "AuthenticationFailed",
)
GENERIC = {"two-source-arms": "an argument names one source; the wrapping refuses a second"}


def models_of(schema: str) -> list[type[BaseModel]]:
    """The models that together stand for a source schema of the contract."""
    for word, arm in ARMS.items():
        for verb, mode in (("Post", "create"), ("Mutate", "create"), ("Patch", "update")):
            if schema == f"ClickPipe{verb}{word}Source":
                found = [getattr(source, mode) for source in SOURCES if source.arm == arm]
                return [
                    model.model_fields["source"].annotation if mode == "create" else model
                    for model in found
                ]
    return {
        "ClickPipeSettings": [PipeSettings],
        "ClickPipeSettingsPutRequest": [PipeSettings],
        "ClickPipeScaling": [ScalingRequest],
        "ClickPipeScalingPatchRequest": [ScalingRequest],
        "ClickPipesCdcScalingPatchRequest": [CdcScalingRequest],
        "ClickPipeMutateDestination": [
            source_named(key).create.model_fields["destination"].annotation
            for key in ("kafka", "postgres")
        ],
    }.get(schema, [])


def resolved(node: dict, definitions: dict) -> Iterator[dict]:
    """The schemas a node may be, without references and null."""
    if "$ref" in node:
        yield from resolved(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    for part in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
        yield from resolved(part, definitions)
    if not {"$ref", "oneOf", "anyOf"} & node.keys() and node.get("type") != "null":
        yield node


def compared(
    name: str, theirs: list[dict], ours: list[tuple[dict, dict]]
) -> Iterator[tuple[str, object, object]]:
    """What the contract says and our schemas do not, by dotted path."""
    wanted = {key: value for node in theirs for key, value in node.get("properties", {}).items()}
    for key, node in wanted.items():
        alternatives = list(resolved(node, SCHEMAS))
        found = [
            (part, definitions)
            for schema, definitions in ours
            if key in schema.get("properties", {})
            for part in resolved(schema["properties"][key], definitions)
        ]
        path = f"{name}.{key}"
        if not found:
            yield path, "a field", None
            continue
        yield from _leaf(path, alternatives, found)
        yield from compared(path, *_inside(alternatives, found))


def _inside(
    theirs: list[dict], ours: list[tuple[dict, dict]]
) -> tuple[list[dict], list[tuple[dict, dict]]]:
    items = [part for node in theirs for part in resolved(node.get("items", {}), SCHEMAS)]
    our_items = [
        (part, definitions)
        for node, definitions in ours
        for part in resolved(node.get("items", {}), definitions)
    ]
    return [*theirs, *items], [*ours, *our_items]


def _leaf(
    path: str, theirs: list[dict], ours: list[tuple[dict, dict]]
) -> Iterator[tuple[str, object, object]]:
    wanted = {value for node in theirs for value in node.get("enum", ()) if value is not None}
    known = {value for node, _ in ours for value in node.get("enum", [node.get("const")])}
    if wanted - known:
        yield f"{path}.enum", sorted(wanted), sorted(map(str, known))
    for keyword in KEYWORDS:
        said = [node[keyword] for node in theirs if keyword in node]
        have = [node.get(keyword) for node, _ in ours]
        if said and said[0] not in have:
            yield f"{path}.{keyword}", said[0], have


def own_schema(model: type[BaseModel]) -> tuple[dict, dict]:
    schema = model.model_json_schema(by_alias=True)
    return schema, schema.get("$defs", {})


COMPARED = [name for name in SCHEMAS if models_of(name)]


@pytest.mark.parametrize("name", COMPARED)
def test_a_schema_of_the_contract_is_covered(name):
    ours = [own_schema(model) for model in models_of(name)]
    missing = [
        difference
        for difference in compared(name, [SCHEMAS[name]], ours)
        if difference[0].replace("PutRequest", "").replace("PatchRequest", "") not in DIFFERENCES
    ]
    assert missing == []


@pytest.mark.skipif(not SCHEMAS, reason="CLICKPIPES_OPENAPI is not set")
def test_every_source_schema_of_the_contract_is_compared():
    written = {
        name
        for name in SCHEMAS
        if re.fullmatch(r"ClickPipe(Post|Mutate|Patch)[A-Z]\w*Source", name)
    }
    assert written - set(COMPARED) == set()


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def complaints(model: type[BaseModel], rules: tuple, arguments: dict) -> list[str]:
    """The refusals of a request: its form, or the ids of its rules."""
    try:
        request = model.model_validate(arguments)
    except ValidationError as error:
        return [".".join(map(str, problem["loc"])) for problem in error.errors()]
    return [rule.id for rule in rules if rule.effect == "refuse" and list(rule.check(request))]


def judged(case: dict) -> list[str] | None:
    """What refuses a recorded case, or None where the models have no say in it."""
    body, path = without_nulls(case["body"] or {}), case["path"]
    if case["method"] == "POST" and path.endswith(("/clickpipes", "/schemaDiscovery")):
        return _judged_create(body, whole=path.endswith("/clickpipes"))
    if case["method"] == "PATCH" and path.endswith("/{clickPipeId}"):
        return _judged_update(body)
    if path.endswith("/scaling"):
        return complaints(ScalingRequest, SCALING_RULES, body)
    if case["method"] == "PATCH" and path.endswith("/clickpipesCdcScaling"):
        return complaints(CdcScalingRequest, CDC_SCALING_RULES, body)
    if case["method"] == "PUT" and path.endswith("/settings"):
        source = source_of(*_kind_of(case.get("precondition", "")))
        return complaints(PipeSettings, settings_rules(source.family, source.arm), body)
    if path.endswith("/state"):
        return [] if body.get("command") in STATE_COMMANDS else ["state"]
    return None


def _judged_create(body: dict, *, whole: bool) -> list[str]:
    ((arm, inner),) = ((k, v) for k, v in body["source"].items() if k != "validateSamples")
    source = source_of(arm, inner.get("type"))
    if source is None:
        return ["source.type"]
    if whole:
        return complaints(source.create, source.rules, {**body, "source": inner})
    return complaints(source.create.model_fields["source"].annotation, (), inner)


def _judged_update(body: dict) -> list[str] | None:
    if "source" not in body:
        return None
    ((arm, inner),) = body["source"].items()
    sources = [source for source in SOURCES if source.arm == arm]
    if sources[0].update is None:
        return ["no update"]
    verdicts = [complaints(each.update, each.update_rules, inner) for each in sources]
    return min(verdicts, key=len)


def _kind_of(precondition: str) -> tuple[str, str | None]:
    words = precondition.lower()
    if "object" in words:
        return "objectStorage", "s3"
    return next((arm for arm in ARMS.values() if arm in words), "kafka"), None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_recorded_case_is_judged_as_the_api_does(case):
    if case["id"] in GENERIC or any(text in case.get("error_contains", "") for text in LIVE_STATE):
        pytest.skip("not for the models to know")
    verdict = judged(case)
    if verdict is None:
        pytest.skip("not a request the models describe")
    assert bool(verdict) == (case["expect"] == "invalid"), verdict


def test_the_state_commands_are_those_of_the_contract():
    schema = SCHEMAS.get("ClickPipeStatePatchRequest")
    expected = schema["properties"]["command"]["enum"] if schema else ["start", "stop", "resync"]
    assert list(STATE_COMMANDS) == expected


def test_types_of_a_source_are_the_values_its_model_takes():
    for source in SOURCES:
        field = source.create.model_fields["source"].annotation.model_fields.get("type")
        if field is not None:
            values = [
                value
                for kind in (field.annotation, *get_args(field.annotation))
                for value in get_args(kind)
                if isinstance(value, str)
            ]
            assert set(source.types) == set(values)
