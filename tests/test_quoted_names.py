"""A name in quote marks is refused, whatever it is a name of."""

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from clickpipes_mcp.quoted_names import NO_NAMES, is_quoted
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.sources import SOURCES
from tests.serving import POSTGRES, error

pytestmark = pytest.mark.anyio
MARKS = ('"{}"', "'{}'", "`{}`", "“{}”")
Place = tuple[str | int, ...]


def names_of(schema: dict[str, Any], place: Place = ()) -> Iterator[Place]:
    """Every field of a request that takes the text of a name."""
    if schema.get("type") == "array":
        yield from names_of(schema["items"], (*place, 0))
    for name, inner in schema.get("properties", {}).items():
        yield from names_of(inner, (*place, name))
    is_text = schema.get("type") == "string" and "enum" not in schema
    if is_text and not schema.get("x-reference") and not NO_NAMES.intersection(place):
        yield place


def with_text(arguments: dict[str, Any], place: Place, text: str) -> dict[str, Any]:
    """The arguments with a text at a place, whatever has to be made for it."""
    holder: Any = arguments
    for step, following in pairwise(place):
        empty: Any = [] if following == 0 else {}
        if isinstance(step, int):
            holder.extend([empty] if not holder else [])
        else:
            holder.setdefault(step, empty)
        holder = holder[step]
    if place[-1] == 0:
        holder[:] = [text]
    else:
        holder[place[-1]] = text
    return arguments


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_every_name_of_a_create_is_refused_in_quote_marks(serve, spec) -> None:
    served = await serve(sources=(spec.key,))
    schema = full_schema(spec.create)["properties"]
    found = [
        (part, *place)
        for part in ("source", "destination", "field_mappings")
        if part in schema
        for place in names_of(schema[part])
    ]
    assert len(found) > 3

    for number, place in enumerate(found):
        text = MARKS[number % len(MARKS)].format("orders")
        arguments = with_text(copy.deepcopy(dict(spec.example)), place, text)
        refusal = error(await served.call(f"create_{spec.key}_clickpipe", **arguments))

        told = [one for one in refusal["problems"] if "quote marks" in one["problem"]]
        assert len(told) == 1, place
    assert served.plane.writes == []


async def test_a_name_of_an_update_is_refused_in_quote_marks(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES, state="stopped")
    added = {"sourceSchemaName": "public", "sourceTable": '"items"', "targetTable": "`items`"}

    refusal = error(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"tableMappingsToAdd": [added]}
        )
    )

    told = [one["field"] for one in refusal["problems"] if "quote marks" in one["problem"]]
    assert [field.rpartition(".")[2] for field in told] == ["sourceTable", "targetTable"]


@pytest.mark.parametrize("text", ['a,"b"', '"public"."orders"', "public.`orders`", " 'x' "])
def test_a_part_of_a_name_counts_too(text) -> None:
    assert is_quoted(text)


@pytest.mark.parametrize("text", ["orders", "", '"', "it's", 'a"b"c', "o'clock's"])
def test_a_quote_mark_within_a_name_is_none_around_it(text) -> None:
    assert not is_quoted(text)
