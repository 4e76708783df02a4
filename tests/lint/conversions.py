"""Tools in the function formats of model providers, with what is lost on the way."""

import copy
import re
from typing import Any

from mcp_types import Tool

from tests.lint.schema_lint import nodes

Json = dict[str, Any]

_ANTHROPIC_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_GEMINI_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,62}")
_GEMINI_SCHEMA = frozenset(
    {
        "type",
        "format",
        "title",
        "description",
        "nullable",
        "default",
        "items",
        "minItems",
        "maxItems",
        "enum",
        "properties",
        "required",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "pattern",
        "anyOf",
        "propertyOrdering",
    }
)
"""Fields of `Schema` in the Gemini API reference, as far as function declarations take them."""

_STRICT_REFUSES = frozenset({"default", "minLength", "maxLength"})


def anthropic(tool: Tool) -> Json:
    """As the Messages API takes it. Raises ValueError where it would answer 400."""
    if not _ANTHROPIC_NAME.fullmatch(tool.name):
        raise ValueError(f"{tool.name}: name")
    if {"anyOf", "oneOf", "allOf"} & tool.input_schema.keys():
        raise ValueError(f"{tool.name}: combinator at the root")
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": copy.deepcopy(tool.input_schema),
    }


def openai(tool: Tool) -> Json:
    """As the Responses API takes it, not strict. Raises ValueError where it would answer 400."""
    if not _ANTHROPIC_NAME.fullmatch(tool.name):
        raise ValueError(f"{tool.name}: name")
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": copy.deepcopy(tool.input_schema),
        "strict": False,
    }


def openai_strict(tool: Tool) -> tuple[Json, list[str]]:
    """The strict form, where every property is required and optional ones may be null."""
    parameters = copy.deepcopy(tool.input_schema)
    lost = []
    for where, node in list(nodes(parameters)):
        lost += [f"{where}: {keyword}" for keyword in sorted(node.keys() & _STRICT_REFUSES)]
        for keyword in _STRICT_REFUSES:
            node.pop(keyword, None)
        if node["type"] != "object":
            continue
        node["additionalProperties"] = False
        optional = node["properties"].keys() - set(node.get("required", ()))
        for name in optional:
            inner = node["properties"][name]
            node["properties"][name] = {"anyOf": [inner, {"type": "null"}]}
        node["required"] = list(node["properties"])
    return openai(tool) | {"parameters": parameters, "strict": True}, lost


def gemini(tool: Tool) -> tuple[Json, list[str]]:
    """A FunctionDeclaration, and what of the schema it cannot say."""
    if not _GEMINI_NAME.fullmatch(tool.name):
        raise ValueError(f"{tool.name}: name")
    lost: list[str] = []
    parameters = _gemini_schema(tool.input_schema, "", lost)
    # Refusing unknown arguments is ours to do; the model is told the known ones.
    lost = [loss for loss in lost if loss != ": additionalProperties"]
    return {"name": tool.name, "description": tool.description, "parameters": parameters}, lost


def _gemini_schema(node: Json, where: str, lost: list[str]) -> Json:
    lost += [f"{where}: {keyword}" for keyword in sorted(node.keys() - _GEMINI_SCHEMA)]
    kept = {key: value for key, value in node.items() if key in _GEMINI_SCHEMA}
    if "properties" in kept:
        kept["properties"] = {
            name: _gemini_schema(inner, f"{where}.{name}", lost)
            for name, inner in kept["properties"].items()
        }
    if "items" in kept:
        kept["items"] = _gemini_schema(kept["items"], f"{where}[]", lost)
    return kept | {"type": str(node["type"]).upper()}
