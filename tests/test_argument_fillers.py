"""Calls of clients that must fill in every field act as those that leave fields out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from clickpipes_mcp.argument_fillers import without_fillers
from clickpipes_mcp.errors import InvalidArguments
from clickpipes_mcp.offering import hidden_fields
from clickpipes_mcp.schema_export import published
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call
from tests.walking import walked

SCHEMAS = {tool.name: tool.input_schema for tool in published()}
SPECS = {tool.name: tool for tool in TOOLS}
EXAMPLES = {f"create_{spec.key}_clickpipe": dict(spec.example) for spec in SOURCES}
FALSE_FILLS_TOO = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}
NULLS = dict.fromkeys(FALSE_FILLS_TOO)


def sample(schema: dict[str, Any]) -> Any:
    """Something that says what a required field wants."""
    if schema["type"] == "object":
        inner = schema.get("properties", {})
        return {name: sample(inner[name]) for name in schema.get("required", ())}
    if schema["type"] == "array":
        return [sample(schema["items"])]
    words = schema.get("enum") or ["orders"]
    return {"string": words[0], "integer": schema.get("minimum", 1), "boolean": True}.get(
        schema["type"], schema.get("minimum", 1)
    )


def filled(said: Any, schema: dict[str, Any], fillers: dict[str, Any]) -> Any:
    """What is said, and a filler in every field in which nothing is."""
    if isinstance(said, list):
        return [filled(item, schema["items"], fillers) for item in said]
    if not isinstance(said, dict):
        return said
    whole = {
        name: filled(said[name], inner, fillers)
        if name in said
        else filled({}, inner, fillers)
        if inner["type"] == "object"
        else fillers[inner["type"]]
        for name, inner in schema.get("properties", {}).items()
    }
    return {**whole, **{name: value for name, value in said.items() if name not in whole}}


def outcome(name: str, arguments: dict[str, Any]) -> Any:
    """What is sent for a call, or what is wrong with it."""
    hidden = hidden_fields(load_settings({}))
    try:
        given = without_fillers(arguments, SCHEMAS[name])
        return valid_call(SPECS[name], given, hidden).request.body()
    except InvalidArguments as error:
        return [one.path for one in error.problems]


def one_more(
    whole: dict[str, Any], schema: dict[str, Any], path: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """The minimal call and one optional field, each in its turn, at every depth of objects."""
    place: Any = whole
    for step in path:
        place = place.setdefault(step, {})
    for field, inner in schema.get("properties", {}).items():
        if inner["type"] == "object":
            copy = json.loads(json.dumps(whole))
            yield from one_more(copy, inner, (*path, field))
        elif field not in place:
            copy = json.loads(json.dumps(whole))
            at: Any = copy
            for step in path:
                at = at[step]
            at[field] = sample(inner)
            yield copy


def minimal(name: str) -> dict[str, Any]:
    return json.loads(json.dumps(EXAMPLES.get(name) or sample(SCHEMAS[name])))


def without_values(sent: Any, beside: Any) -> Any:
    """What is sent but for false, and 0 where it is allowed, in fields that nobody named."""
    if isinstance(sent, list):
        return [without_values(one, other) for one, other in zip(sent, beside, strict=True)]
    if not isinstance(sent, dict):
        return sent
    return {
        name: without_values(value, beside.get(name))
        for name, value in sent.items()
        if (value is not False and value != 0) or name in beside
    }


@walked([pytest.param(name, id=name) for name in SCHEMAS])
def test_a_call_with_a_filler_in_every_field_is_the_minimal_call(name) -> None:
    said = minimal(name)
    expected = outcome(name, said)
    for fillers in (NULLS, NULLS | {"string": "", "array": []}, FALSE_FILLS_TOO):
        found = outcome(name, filled(said, SCHEMAS[name], fillers))
        assert without_values(found, expected) == expected, fillers


@walked([pytest.param(name, id=name) for name in SCHEMAS])
def test_each_optional_field_that_is_said_beside_fillers_is_said(name) -> None:
    for said in one_more(minimal(name), SCHEMAS[name], ()):
        expected = outcome(name, said)
        found = outcome(name, filled(said, SCHEMAS[name], NULLS | {"string": "", "array": []}))
        assert found == expected, said


def test_a_call_that_leaves_out_any_field_means_what_it_says() -> None:
    said = {"source": {"ca_certificate": "", "iam_role": "", "port": 0}, "name": ""}

    assert without_fillers(said, SCHEMAS["create_postgres_clickpipe"]) == said


ALL = {"properties": {"a": {"type": "object", "properties": {"n": {"minimum": 0}, "on": {}}}}}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"a": {"n": 0, "on": False}}, {}),
        ({"a": {"n": 0, "on": True}}, {"a": {"n": 0, "on": True}}),
        ({"a": {"n": 3, "on": False}}, {"a": {"n": 3, "on": False}}),
        ({"a": {"n": 0}}, {"a": {"n": 0}}),
        ({"a": {}}, {}),
        ({"a": {"n": 1, "on": None}, "unknown": ""}, {"a": {"n": 1}, "unknown": ""}),
    ],
)
def test_zero_and_false_are_kept_where_anything_is_said_beside_them(said, meant) -> None:
    assert without_fillers(said, ALL) == meant
