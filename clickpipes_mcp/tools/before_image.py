"""What a pipe was before a write, and what that asked for, as far as a journal may hold it.

Only fields are kept that this package knows and knows not to be secret. So a field that the API
adds, or a secret that it should return one day, is left out and not masked.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from pydantic import BaseModel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.journal import MOST_BEFORE_BYTES
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.schema_shape import JsonObject
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.tools import pipe_views

_MOST_ITEMS: Final = (None, 100, 20, 5, 0)
"""Of every list, until the image fits a line."""

ASKED: Final = "asked"
"""Under this stands what a write asked for, as a pipe holds it."""

_LEFT_OUT = object()


def before_image(pipe: Pipe, asked: Mapping[str, object] | None = None) -> dict[str, object]:
    """A pipe as the API showed it, and what it is asked to be, without what is or may be secret."""
    facts: dict[str, object] = {"name": pipe.name, "state": pipe.state}
    spec = pipe_views.spec_of(pipe)
    if spec is not None:
        schema = _schema(spec.create, spec.settings)
        shown = {
            "source": dict(pipe.arm_body),
            "destination": pipe.destination,
            "fieldMappings": list(pipe.field_mappings),
            "settings": pipe.settings,
        }
        known = _known(shown, schema, schema)
        facts |= known if isinstance(known, dict) else {}
        if "source" in facts:
            facts["source"] = {spec.arm: facts["source"]}
    if pipe.scaling is not None:
        facts["scaling"] = pipe.scaling.model_dump(by_alias=True, exclude_none=True)
    kept = {key: value for key, value in facts.items() if value not in ({}, [])}
    return _fitting(kept | ({ASKED: _asked(asked, spec)} if asked and spec else {}))


def _asked(asked: Mapping[str, object], spec: SourceSpec) -> object:
    source = asked.get("source")
    arm = source.get(spec.arm) if isinstance(source, Mapping) else None
    schema = _schema_of_changes(spec.create, spec.settings, spec.update)
    found = _known({**asked, **({"source": arm} if arm else {})}, schema, schema)
    if isinstance(found, dict) and "source" in found:
        found["source"] = {spec.arm: found["source"]}
    return found


def _known(value: object, node: JsonObject, whole: JsonObject) -> object:
    """The parts of a value that a schema describes, and describes as no secret."""
    options = _options(node, whole)
    if isinstance(value, Secret) or any(option.get("x-secret") for option in options):
        return _LEFT_OUT
    if isinstance(value, Mapping):
        fields: dict[str, JsonObject] = {}
        for option in options:
            fields |= option.get("properties", {})
        kept = {key: _known(value[key], fields[key], whole) for key in value if key in fields}
        return {key: inner for key, inner in kept.items() if inner is not _LEFT_OUT}
    if isinstance(value, list):
        items = next((option["items"] for option in options if "items" in option), None)
        kept_items = [_known(item, items, whole) for item in value] if items else []
        return [item for item in kept_items if item is not _LEFT_OUT]
    is_object = all(option.get("type") in ("object", "array") for option in options)
    return _LEFT_OUT if is_object else value


def _options(node: JsonObject, whole: JsonObject) -> list[JsonObject]:
    """The forms a value may have, without references."""
    if "$ref" in node:
        node = {**whole["$defs"][node["$ref"].rpartition("/")[2]], **node}
        node.pop("$ref")
        return _options(node, whole)
    inner = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    found = [option for one in inner for option in _options(one, whole)]
    own = {key: value for key, value in node.items() if key not in ("anyOf", "oneOf", "allOf")}
    return [*found, own] if not found or "properties" in own or own.get("x-secret") else found


@cache
def _schema(create: type[BaseModel], settings: type[BaseModel] | None) -> JsonObject:
    """All fields of a pipe under the API's names."""
    schema = create.model_json_schema(by_alias=True)
    if settings is not None:
        own = settings.model_json_schema(by_alias=True)
        schema["$defs"] = {**own.get("$defs", {}), **schema.get("$defs", {})}
        schema["properties"]["settings"] = {"properties": own["properties"]}
    return schema


@cache
def _schema_of_changes(
    create: type[BaseModel], settings: type[BaseModel] | None, update: type[BaseModel] | None
) -> JsonObject:
    """The same with what only an update can ask for."""
    schema, sizes = _schema(create, settings), ScalingRequest.model_json_schema(by_alias=True)
    own = update.model_json_schema(by_alias=True) if update else {}
    return {
        "$defs": {**sizes.pop("$defs", {}), **own.pop("$defs", {}), **schema["$defs"]},
        "properties": {
            **schema["properties"],
            "source": {"anyOf": [schema["properties"]["source"], own]},
            "scaling": sizes,
        },
    }


def _fitting(facts: dict[str, object]) -> dict[str, object]:
    """The facts with lists short enough for a line; then the image says that it is shortened."""
    for most in _MOST_ITEMS:
        shown: Any = facts if most is None else {**_cut(facts, most), "shortened": True}
        if len(json.dumps(shown, ensure_ascii=False).encode()) <= MOST_BEFORE_BYTES:
            return cast("dict[str, object]", shown)
    return {"name": facts["name"], "state": facts["state"], "shortened": True}


def _cut(value: Any, most: int) -> Any:  # noqa: ANN401 # JSON
    if isinstance(value, dict):
        return {key: _cut(inner, most) for key, inner in value.items()}
    return [_cut(item, most) for item in value[:most]] if isinstance(value, list) else value
