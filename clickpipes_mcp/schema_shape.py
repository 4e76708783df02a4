"""A pydantic model's schema in the subset of JSON Schema that every MCP client accepts.

Clients drop or refuse tools whose schema holds references, combinators over differing shapes,
null, const, formats or untyped properties; pydantic stays the validator, this is what is shown.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, TypeAlias, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from clickpipes_mcp.contract import FieldPath

JsonObject: TypeAlias = dict[str, Any]

HIDE = "x-hide"
SECRET = "x-secret"  # noqa: S105 # the name of a schema keyword
REFERENCE = "x-reference"
"""Marks a field that takes a reference; kept in the full schema, never published."""

_NOISE = (
    "title",
    "format",
    "discriminator",
    "uniqueItems",
    "multipleOf",
    "examples",
    "writeOnly",
    "additionalProperties",
    HIDE,
    SECRET,
    REFERENCE,
)


class UnshapableSchema(TypeError):
    """A model has a field whose schema some client would refuse."""


class _LeanSchema(GenerateJsonSchema):
    """Optional fields become plain fields: leaving them out is how null is said."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 # pydantic's hook
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shaped = super().default_schema(schema)
        if "default" in shaped and shaped["default"] in (None, [], {}):
            shaped.pop("default")
        return shaped


def full_schema(model: type[BaseModel]) -> JsonObject:
    """The shaped schema with everything the model accepts."""
    return _shape(model, shown_only=False)


def input_schema(model: type[BaseModel], hidden: Collection[str] = ()) -> JsonObject:
    """The schema to publish for a tool's arguments, without the root fields in `hidden`.

    Raises:
        UnshapableSchema: A field cannot be expressed in the common subset.
    """
    schema = deepcopy(_shape(model, shown_only=True))
    properties = {k: v for k, v in schema.get("properties", {}).items() if k not in hidden}
    required = [name for name in schema.get("required", []) if name in properties]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
    }


@cache
def output_schema(model: Hashable) -> JsonObject:
    """The schema to publish for a tool's result: shapes only, no prose, nothing required.

    Clients built on the TypeScript SDK hold failures against it too.
    """
    shaped = cast("JsonObject", _without_prose(_shape(model, shown_only=True)))
    shaped.pop("required", None)
    return shaped


def with_merged(
    published: JsonObject,
    argument: str,
    models: Sequence[type[BaseModel]],
    *,
    only_required: bool = False,
) -> JsonObject:
    """A published schema whose object `argument` shows what any of the models accepts.

    For an argument whose shape depends on another one: clients refuse unions of objects.
    `only_required` shows just what all of them need; the rest stays accepted.
    """
    schemas = [input_schema(model) for model in models]
    merged = schemas[0]
    for schema in schemas[1:]:
        merged = _merged(merged, schema)
    if only_required:
        merged["properties"] = {name: merged["properties"][name] for name in merged["required"]}
    properties = published["properties"]
    merged["description"] = properties[argument]["description"]
    return {**published, "properties": {**properties, argument: merged}}


def _merged(one: JsonObject, other: JsonObject) -> JsonObject:
    merged = dict(one)
    if one["type"] == "object":
        properties = dict(one.get("properties", {}))
        for name, schema in other.get("properties", {}).items():
            properties[name] = _merged(properties[name], schema) if name in properties else schema
        merged["properties"] = properties
        required = [name for name in one.get("required", []) if name in other.get("required", [])]
        merged.pop("required", None)
        if required:
            merged["required"] = required
    if one["type"] == "array":
        merged["items"] = _merged(one["items"], other["items"])
    if "enum" in one and "enum" in other:
        merged["enum"] = list(dict.fromkeys([*one["enum"], *other["enum"]]))
    return merged


@cache
def _shape(model: Hashable, *, shown_only: bool) -> JsonObject:
    """Made once for a model, which takes most of a server's start; never to be changed."""
    shown = cast("type[BaseModel]", model)
    raw = shown.model_json_schema(by_alias=False, schema_generator=_LeanSchema)
    root = {key: value for key, value in raw.items() if key != "$defs"}
    return _Shaper(raw.get("$defs", {}), shown_only=shown_only).shape(root, shown.__name__)


class _Shaper:
    def __init__(self, definitions: Mapping[str, JsonObject], *, shown_only: bool) -> None:
        self._definitions = definitions
        self._shown_only = shown_only

    def shape(self, node: JsonObject, where: str) -> JsonObject:
        node = self._inlined(node)
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems", "patternProperties"):
            if keyword in node:
                raise UnshapableSchema(f"{where}: {keyword} cannot be shown to every client")
        shaped = {key: value for key, value in node.items() if key not in _NOISE}
        if not self._shown_only:
            shaped |= {keyword: True for keyword in (SECRET, REFERENCE) if keyword in node}
        _constants_as_enums(shaped)
        _inclusive_bounds(shaped)
        if shaped.get("minLength") == 1:
            del shaped["minLength"]
        if "type" not in shaped:
            raise UnshapableSchema(f"{where}: no type")
        if shaped["type"] == "object":
            self._shape_properties(shaped, node.get(HIDE, []), where)
        if shaped["type"] == "array":
            shaped["items"] = self.shape(shaped.get("items", {}), f"{where}[]")
            shaped["items"].pop("description", None)
        return shaped

    def _shape_properties(self, shaped: JsonObject, hidden: Collection[str], where: str) -> None:
        if "properties" not in shaped:
            return
        properties = shaped["properties"]
        if self._shown_only:
            properties = {k: v for k, v in properties.items() if k not in hidden}
        shaped["properties"] = {
            name: self.shape(value, f"{where}.{name}") for name, value in properties.items()
        }
        required = [name for name in shaped.pop("required", []) if name in properties]
        if required:
            shaped["required"] = required

    def _inlined(self, node: JsonObject) -> JsonObject:
        """The node with its reference replaced; what stands beside the reference wins."""
        while "$ref" in node or len(node.get("allOf", [])) == 1:
            beside = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
            target = (
                self._definitions[node["$ref"].rsplit("/", 1)[-1]]
                if "$ref" in node
                else node["allOf"][0]
            )
            node = {**target, **beside}
        return node


def _constants_as_enums(schema: JsonObject) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "enum" in schema:
        schema["type"] = "string"


def _inclusive_bounds(schema: JsonObject) -> None:
    """Integers can say an exclusive bound inclusively; other numbers leave it to the validator."""
    for exclusive, inclusive, step in (
        ("exclusiveMinimum", "minimum", 1),
        ("exclusiveMaximum", "maximum", -1),
    ):
        bound = schema.pop(exclusive, None)
        if bound is not None and schema.get("type") == "integer":
            schema[inclusive] = bound + step


def _without_prose(node: object) -> object:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: (
            {name: _without_prose(value) for name, value in content.items()}
            if key == "properties"
            else _without_prose(content)
        )
        for key, content in node.items()
        if key not in ("description", "default", "enum", "minimum", "maximum", "maxItems")
    }


def node_at(schema: JsonObject, path: FieldPath) -> JsonObject:
    """The schema at a path; an empty one where the path leads out of it."""
    node = schema
    for step in path:
        node = (
            node.get("items", {})
            if isinstance(step, int)
            else (node.get("properties", {}).get(step, {}))
        )
    return node
