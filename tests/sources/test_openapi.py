"""The models against the published contract: collected only where CLICKPIPES_OPENAPI names it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from clickpipes_mcp.operations import (
    STATE_COMMANDS,
    CdcScalingRequest,
    PipeSettings,
    ScalingRequest,
)
from clickpipes_mcp.sources import SOURCES, source_named

SCHEMAS = json.loads(Path(os.environ["CLICKPIPES_OPENAPI"]).read_text())["components"]["schemas"]

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


def test_every_source_schema_of_the_contract_is_compared():
    written = {
        name
        for name in SCHEMAS
        if re.fullmatch(r"ClickPipe(Post|Mutate|Patch)[A-Z]\w*Source", name)
    }
    assert written - set(COMPARED) == set()


def test_the_state_commands_are_those_of_the_contract():
    schema = SCHEMAS["ClickPipeStatePatchRequest"]
    assert list(STATE_COMMANDS) == schema["properties"]["command"]["enum"]
