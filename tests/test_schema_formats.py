"""Tools in the function formats of providers: valid there, and every loss is told."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from clickpipes_mcp.schema_export import published
from clickpipes_mcp.schema_formats import (
    CLOSED,
    FORMATS,
    GEMINI_SCHEMA,
    STRICT_SCHEMA,
    Function,
    PublishedTool,
    UnconvertibleTool,
    anthropic,
    gemini,
    losses,
    mcp,
    openai,
    openai_chat,
    openai_strict,
)
from clickpipes_mcp.sources import SOURCES
from tests.walking import walked

TOOLS = published()
DEEPEST_STRICT = 10
MOST_STRICT_PROPERTIES = 5_000
MOST_STRICT_ENUM_VALUES = 1_000
MOST_STRICT_NAME_CHARACTERS = 120_000


def _name(part: Any) -> str:
    return getattr(part, "name", str(part))


def nodes(schema: dict[str, Any], depth: int = 1) -> Iterator[tuple[int, dict[str, Any]]]:
    yield depth, schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner, depth + 1)
    if "items" in schema:
        yield from nodes(schema["items"], depth + 1)


def tool_with(schema: dict[str, Any], name: str = "a_tool") -> PublishedTool:
    return PublishedTool(
        name=name,
        title="A tool",
        description="Does something.",
        annotations={},
        input_schema={"type": "object", "additionalProperties": False} | schema,
        output_schema={"type": "object", "properties": {}},
    )


@walked([pytest.param(tool, name, id=f"{name}-{tool.name}") for tool in TOOLS for name in FORMATS])
def test_converting_leaves_the_published_schema_alone(tool, name) -> None:
    before = repr(tool)

    FORMATS[name](tool)

    assert repr(tool) == before


@walked(TOOLS, _name)
def test_mcp_loses_nothing(tool) -> None:
    function = mcp(tool)

    assert function.lost == ()
    assert function.definition["inputSchema"] == tool.input_schema
    assert function.definition["annotations"] == tool.annotations


@walked(TOOLS, _name)
def test_anthropic_and_openai_get_the_input_schema_unchanged(tool) -> None:
    assert anthropic(tool).definition["input_schema"] == tool.input_schema
    assert openai(tool).definition["parameters"] == tool.input_schema


@walked(TOOLS, _name)
def test_gemini_loses_nothing_of_the_schemas(tool) -> None:
    function = gemini(tool)

    assert function.lost == ("title", "annotations")
    for part in ("parameters", "response"):
        for _, node in nodes(function.definition[part]):
            assert node.keys() <= GEMINI_SCHEMA
            assert node["type"] in {"STRING", "INTEGER", "NUMBER", "BOOLEAN", "ARRAY", "OBJECT"}


@walked(TOOLS, _name)
def test_strict_stays_within_what_openai_documents(tool) -> None:
    parameters = openai_strict(tool).definition["parameters"]
    every = list(nodes(parameters))

    assert parameters["type"] == "object"
    assert max(depth for depth, _ in every) <= DEEPEST_STRICT
    for _, node in every:
        assert node.keys() <= STRICT_SCHEMA
        if "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
    names = [name for _, node in every for name in node.get("properties", {})]
    values = [value for _, node in every for value in node.get("enum", ())]
    assert len(names) <= MOST_STRICT_PROPERTIES
    assert len(values) <= MOST_STRICT_ENUM_VALUES
    assert sum(map(len, [*names, *filter(None, values)])) <= MOST_STRICT_NAME_CHARACTERS


@walked(TOOLS, _name)
def test_strict_tells_of_every_keyword_it_drops(tool) -> None:
    function = openai_strict(tool)
    dropped = {
        keyword for _, node in nodes(tool.input_schema) for keyword in node.keys() - STRICT_SCHEMA
    }

    told = {one.rpartition(": ")[2] for one in function.lost}

    assert dropped <= told
    assert told <= dropped | {"title", "annotations", "outputSchema", CLOSED}


def complete(value: Any, schema: dict[str, Any]) -> Any:
    """What a model that keeps to a strict schema says: null for everything left out."""
    if isinstance(value, list):
        return [complete(item, schema["items"]) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: complete(value[name], inner) if name in value else None
        for name, inner in schema["properties"].items()
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_a_create_can_be_said_in_strict_form(source) -> None:
    (tool,) = (one for one in TOOLS if one.name == f"create_{source.key}_clickpipe")
    parameters = openai_strict(tool).definition["parameters"]

    jsonschema.validate(complete(dict(source.example), parameters), parameters)


@pytest.mark.anyio
async def test_a_create_in_strict_form_is_understood(serve) -> None:
    served = await serve()
    for source in SOURCES:
        name = f"create_{source.key}_clickpipe"
        (tool,) = (one for one in TOOLS if one.name == name)
        parameters = openai_strict(tool).definition["parameters"]
        arguments = complete({**source.example, "dry_run": True}, parameters)

        result = await served.call(name, **arguments)

        problems = (result.structured_content or {}).get("problems")
        assert problems is None


def test_losses_are_counted_by_keyword() -> None:
    functions = [Function({}, ("a: default", "b: default", "title")), Function({}, ("title",))]

    assert losses(functions) == {"default": 2, "title": 2}


def test_what_a_format_does_not_know_is_told_with_its_place() -> None:
    inner = {"type": "array", "items": {"type": "string", "format": "uri", "minLength": 2}}
    tool = tool_with({"properties": {"urls": inner}})

    assert "urls[]: format" in openai_strict(tool).lost
    assert "urls[]: minLength" in openai_strict(tool).lost


def test_an_optional_word_of_a_few_may_be_null_in_strict_form() -> None:
    tool = tool_with({"properties": {"size": {"type": "string", "enum": ["S", "L"]}}})

    size = openai_strict(tool).definition["parameters"]["properties"]["size"]

    assert size == {"type": ["string", "null"], "enum": ["S", "L", None]}


@pytest.mark.parametrize("name", ["anthropic", "openai", "openai-strict", "gemini"])
def test_a_name_the_provider_refuses_is_an_error(name) -> None:
    with pytest.raises(UnconvertibleTool, match=re.escape("two words: name")):
        FORMATS[name](tool_with({}, name="two words"))


def test_a_combinator_at_the_root_is_an_error_for_anthropic() -> None:
    with pytest.raises(UnconvertibleTool, match="combinator"):
        anthropic(tool_with({"anyOf": [{"type": "object"}]}))


@pytest.mark.parametrize("tool", TOOLS[:3], ids=_name)
def test_chat_completions_wrap_what_responses_take(tool) -> None:
    flat, wrapped = openai(tool), openai_chat(tool)

    assert wrapped.definition == {
        "type": "function",
        "function": {name: value for name, value in flat.definition.items() if name != "type"},
    }
    assert wrapped.lost == flat.lost
