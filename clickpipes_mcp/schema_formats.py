"""Tools in the function formats of model providers, with what is lost on the way.

Sources: the function-calling pages of the Anthropic Messages API, the OpenAI Responses API
(its list of what strict mode supports) and the Gemini API (`FunctionDeclaration`, `Schema`).
"""

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.schema_shape import JsonObject

FUNCTION_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What the Anthropic and OpenAI APIs take."""
GEMINI_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,62}")
GEMINI_SCHEMA: Final = frozenset(
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
STRICT_SCHEMA: Final = frozenset(
    {
        "type",
        "description",
        "enum",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "pattern",
    }
)
_NO_HINTS: Final = ("title", "annotations")
CLOSED: Final = "objects that take more fields than are shown"


@dataclass(frozen=True)
class PublishedTool:
    """A tool as MCP clients are told of it."""

    name: str
    title: str
    description: str
    annotations: JsonObject
    input_schema: JsonObject
    output_schema: JsonObject


@dataclass(frozen=True)
class Function:
    """A tool in another format; `lost` is what that format cannot say, as `place: keyword`."""

    definition: JsonObject
    lost: tuple[str, ...] = ()


class UnconvertibleTool(ValueError):
    """The provider would refuse the tool whatever is left out."""


def mcp(tool: PublishedTool) -> Function:
    """As `tools/list` has it."""
    return Function(
        {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": copy.deepcopy(tool.input_schema),
            "outputSchema": copy.deepcopy(tool.output_schema),
            "annotations": dict(tool.annotations),
        }
    )


def anthropic(tool: PublishedTool) -> Function:
    """As the Messages API takes it.

    Raises:
        UnconvertibleTool: It would answer 400.
    """
    _check_name(tool, FUNCTION_NAME)
    if {"anyOf", "oneOf", "allOf"} & tool.input_schema.keys():
        raise UnconvertibleTool(f"{tool.name}: combinator at the root")
    definition = {
        "name": tool.name,
        "description": tool.description,
        "input_schema": copy.deepcopy(tool.input_schema),
    }
    return Function(definition, (*_NO_HINTS, "outputSchema"))


def openai(tool: PublishedTool) -> Function:
    """As the Responses API takes it, not strict.

    Raises:
        UnconvertibleTool: It would answer 400.
    """
    return _openai(tool, copy.deepcopy(tool.input_schema), is_strict=False)


def openai_chat(tool: PublishedTool) -> Function:
    """As the Chat Completions API takes it, not strict.

    Raises:
        UnconvertibleTool: It would answer 400.
    """
    flat = openai(tool)
    function = {key: value for key, value in flat.definition.items() if key != "type"}
    return Function({"type": "function", "function": function}, flat.lost)


def openai_strict(tool: PublishedTool) -> Function:
    """The strict form, where every property is required and optional ones may be null.

    Raises:
        UnconvertibleTool: The Responses API would answer 400.
    """
    lost: list[str] = []
    parameters = _strict(tool.input_schema, "", lost)
    return _openai(tool, parameters, is_strict=True, lost=lost)


def gemini(tool: PublishedTool) -> Function:
    """A `FunctionDeclaration`.

    Raises:
        UnconvertibleTool: The Gemini API would answer 400.
    """
    _check_name(tool, GEMINI_NAME)
    lost: list[str] = []
    definition = {
        "name": tool.name,
        "description": tool.description,
        "parameters": _gemini_schema(tool.input_schema, "", lost),
        "response": _gemini_schema(tool.output_schema, "response", lost),
    }
    return Function(definition, (*_NO_HINTS, *lost))


FORMATS: Final[Mapping[str, Callable[[PublishedTool], Function]]] = {
    "mcp": mcp,
    "anthropic": anthropic,
    "openai": openai,
    "openai-strict": openai_strict,
    "openai-chat": openai_chat,
    "gemini": gemini,
}


def losses(functions: Iterable[Function]) -> Mapping[str, int]:
    """How often each keyword could not be said, the most frequent first."""
    found = Counter(one.rpartition(": ")[2] for function in functions for one in function.lost)
    return dict(found.most_common())


def _check_name(tool: PublishedTool, allowed: re.Pattern[str]) -> None:
    if not allowed.fullmatch(tool.name):
        raise UnconvertibleTool(f"{tool.name}: name")


def _openai(
    tool: PublishedTool, parameters: JsonObject, *, is_strict: bool, lost: Iterable[str] = ()
) -> Function:
    _check_name(tool, FUNCTION_NAME)
    definition = {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": parameters,
        "strict": is_strict,
    }
    return Function(definition, (*_NO_HINTS, "outputSchema", *lost))


def _strict(node: JsonObject, where: str, lost: list[str]) -> JsonObject:
    lost += [f"{where}: {keyword}" for keyword in sorted(node.keys() - STRICT_SCHEMA)]
    kept = {key: value for key, value in node.items() if key in STRICT_SCHEMA}
    if "items" in kept:
        kept["items"] = _strict(kept["items"], f"{where}[]", lost)
    if kept["type"] != "object":
        return kept
    if where and node.get("additionalProperties") is not False:
        lost.append(f"{where}: {CLOSED}")
    required = node.get("required", ())
    properties = {
        name: _strict(inner, f"{where}.{name}" if where else name, lost)
        for name, inner in node.get("properties", {}).items()
    }
    kept["properties"] = {
        name: inner if name in required else _or_null(inner) for name, inner in properties.items()
    }
    return kept | {"required": list(properties), "additionalProperties": False}


def _or_null(schema: JsonObject) -> JsonObject:
    """How strict mode says that something may be left out."""
    nullable = schema | {"type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _gemini_schema(node: JsonObject, where: str, lost: list[str]) -> JsonObject:
    lost += [f"{where}: {keyword}" for keyword in sorted(node.keys() - GEMINI_SCHEMA)]
    kept = {key: value for key, value in node.items() if key in GEMINI_SCHEMA}
    if "properties" in kept:
        kept["properties"] = {
            name: _gemini_schema(inner, f"{where}.{name}" if where else name, lost)
            for name, inner in kept["properties"].items()
        }
    if "items" in kept:
        kept["items"] = _gemini_schema(kept["items"], f"{where}[]", lost)
    return kept | {"type": str(node["type"]).upper()}
