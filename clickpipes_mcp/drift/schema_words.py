"""What the keywords of one JSON schema say, its references and alternatives left aside."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, cast

from typing_extensions import TypeIs

from clickpipes_mcp.drift.shape import LIMITS, Shape

Json: TypeAlias = Mapping[str, object]

MODEL: Final = "x-model"
"""The keyword under which our own document names the class that a schema was made from."""

_KINDS: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


def stated(node: Json, shape: Callable[[object], Shape]) -> Shape:
    """The shape that a schema states itself; `shape` reads the schemas inside it."""
    properties = node.get("properties")
    fields = properties if isinstance(properties, dict) else {}
    kinds = _kinds(node, has_fields=bool(fields))
    required = node.get("required")
    return Shape(
        kinds=kinds,
        values=_values(node),
        limits=dict(_limits(node, is_whole=kinds == {"integer"})),
        fields={str(name): shape(inner) for name, inner in fields.items()},
        required=frozenset(map(str, required)) if isinstance(required, list) else None,
        items=shape(node["items"]) if "items" in node else None,
        is_open=node.get("additionalProperties") is not False,
        origins=(str(node[MODEL]),) if MODEL in node else (),
    )


def as_list(value: object) -> list[object]:
    """A list as it is; anything else has no items."""
    return cast("list[object]", value) if isinstance(value, list) else []


def is_null(node: object) -> bool:
    """Whether a schema allows nothing but null."""
    return isinstance(node, dict) and node.get("type") == "null"


def _kinds(node: Json, *, has_fields: bool) -> frozenset[str]:
    kind = node.get("type")
    if kind is not None:
        named = [kind] if isinstance(kind, str) else as_list(kind)
    elif has_fields:
        named = ["object"]
    elif "items" in node:
        named = ["array"]
    else:
        named = [_KINDS[type(one)] for one in as_list(node.get("enum")) if type(one) in _KINDS]
    return frozenset(map(str, named)) - {"null"}


def _values(node: Json) -> frozenset[str] | None:
    if "const" in node:
        return frozenset({_written(node["const"])})
    values = node.get("enum")
    if not isinstance(values, list):
        return None
    return frozenset(_written(value) for value in values if value is not None)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _limits(node: Json, *, is_whole: bool) -> Iterator[tuple[str, float]]:
    """Its ranges. At least one character or item is no range: nothing else is ever meant."""
    for name in LIMITS:
        limit = node.get(name)
        if _is_number(limit) and not (name in ("minLength", "minItems") and limit <= 1):
            yield name, limit
    for name, beyond, step in (
        ("minimum", "exclusiveMinimum", 1),
        ("maximum", "exclusiveMaximum", -1),
    ):
        limit = node.get(beyond)
        if _is_number(limit):
            yield name, limit + step if is_whole else limit


def _is_number(value: object) -> TypeIs[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
