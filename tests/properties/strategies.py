"""Arguments a language model might write: from a published schema, then spelt its own way."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from clickpipes_mcp.schema_shape import JsonObject

Strategy = st.SearchStrategy[Any]

MOST_ITEMS = 2
MOST_EXTRA_FIELDS = 6
LONGEST_TEXT = 12
WORDS = st.sampled_from(
    [
        "orders",
        "id",
        "String",
        "db.example.com",
        "https://example.com/a/b.json",
        "eu-west-1",
        "arn:aws:iam::123456789012:role/ClickHouseAccessRole-a",
        "2026-01-31T06:30",
        "${file:missing}",
        "gs://bucket/path/",
        "projects/p/subscriptions/s",
        "example-project",
        "mongodb://db.example.com/shop",
        "",
        " ",
        "null",
        "{",
        "[]",
    ]
)
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
JUNK: Strategy = (
    _SCALARS
    | st.lists(_SCALARS, max_size=2)
    | st.dictionaries(st.text(max_size=6), _SCALARS, max_size=2)
)
"""What a tool's schema has no place for."""


def value_of(schema: JsonObject) -> Strategy:
    """Values that a published schema allows."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    build = {
        "string": _text,
        "integer": _whole_number,
        "number": _number,
        "boolean": lambda _: st.booleans(),
        "array": _array,
        "object": object_of,
    }
    return build[schema["type"]](schema)


def _text(schema: JsonObject) -> Strategy:
    least, most = schema.get("minLength", 0), schema.get("maxLength", LONGEST_TEXT)
    free = st.text(min_size=least, max_size=max(least, min(most, LONGEST_TEXT)))
    return WORDS | free


def _whole_number(schema: JsonObject) -> Strategy:
    return st.integers(schema.get("minimum"), schema.get("maximum"))


def _number(schema: JsonObject) -> Strategy:
    low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
    return st.sampled_from([low, high]) | st.floats(low, high, allow_nan=False)


def _array(schema: JsonObject) -> Strategy:
    least = schema.get("minItems", 0)
    return st.lists(value_of(schema["items"]), min_size=least, max_size=max(least, MOST_ITEMS))


@st.composite
def object_of(draw: st.DrawFn, schema: JsonObject) -> dict[str, Any]:
    """What is required, and some of the rest."""
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    optional = [name for name in properties if name not in required]
    chosen = draw(_some(optional))
    return {name: draw(value_of(properties[name])) for name in [*required, *chosen]}


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    if not names:
        return st.just([])
    return st.lists(st.sampled_from(names), unique=True, max_size=MOST_EXTRA_FIELDS)


@st.composite
def variation_of(draw: st.DrawFn, example: JsonObject, schema: JsonObject) -> dict[str, Any]:
    """A good example with a few fields set to something else, added or left out."""
    varied = copy.deepcopy(example)
    for _ in range(draw(st.integers(0, 4))):
        _vary(draw, varied, schema)
    return varied


def _vary(draw: st.DrawFn, place: Any, schema: JsonObject) -> None:
    while True:
        if isinstance(place, list):
            if not place:
                return
            place, schema = place[0], schema["items"]
            continue
        name = draw(st.sampled_from(sorted(schema["properties"])))
        inner, present = schema["properties"][name], place.get(name)
        if isinstance(present, dict | list) and draw(st.integers(0, 3)):
            if isinstance(present, list) and inner["items"]["type"] != "object":
                return
            place, schema = present, inner
            continue
        if present is not None and draw(st.booleans()):
            del place[name]
        else:
            place[name] = draw(value_of(inner))
        return


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@st.composite
def spelt(draw: st.DrawFn, value: Any) -> Any:
    """The same said differently: camelCase, JSON as text, numbers as text, nulls, junk."""
    return _spelt(draw, value, draw(st.integers(0, 3)))


def _spelt(draw: st.DrawFn, value: Any, oddity: int) -> Any:
    odd = oddity > 0 and draw(st.integers(0, 9)) < oddity
    if isinstance(value, dict):
        result = {
            camel_case(key) if odd or (oddity > 1 and draw(st.booleans())) else key: _spelt(
                draw, inner, oddity
            )
            for key, inner in value.items()
        }
        if odd:
            result[draw(st.sampled_from(["nothing", "titel", "x"]))] = draw(st.none() | JUNK)
        return json.dumps(result) if odd and draw(st.booleans()) else result
    if isinstance(value, list):
        items = [_spelt(draw, item, oddity) for item in value]
        return json.dumps(items) if odd else items
    if isinstance(value, int | float) and odd:
        return json.dumps(value)
    return draw(JUNK) if odd and draw(st.integers(0, 3)) == 0 else value
