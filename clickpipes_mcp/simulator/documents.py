"""Reading nested values of a JSON document whose shape is only partly known."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, cast

JsonObject: TypeAlias = dict[str, object]
Document: TypeAlias = Mapping[str, object]

_NOTHING: Document = {}


def as_object(value: object) -> JsonObject:
    """The value when it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def child(document: Document, *keys: str) -> Document:
    """The object found under these keys, empty where any of them is missing."""
    found: object = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return cast("Document", found) if isinstance(found, dict) else _NOTHING


def items(document: Document, key: str) -> list[JsonObject]:
    """The objects in the array under this key."""
    found = document.get(key)
    return [as_object(item) for item in found] if isinstance(found, list) else []


def text(document: Document, key: str) -> str:
    """The string under this key, empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, str) else ""


def number(document: Document, key: str, default: float) -> float:
    """The number under this key."""
    found = document.get(key)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else default


def is_given(document: Document, key: str) -> bool:
    """Whether the key holds something other than null."""
    return document.get(key) is not None


def without_nulls(document: Document) -> JsonObject:
    """A copy without the keys that hold null."""
    return {key: value for key, value in document.items() if value is not None}


def without(document: Document, paths: tuple[tuple[str, ...], ...]) -> JsonObject:
    """A copy without the values at these paths."""
    copy = dict(document)
    for head, *rest in paths:
        inner = copy.get(head)
        if not rest:
            copy.pop(head, None)
        elif isinstance(inner, dict):
            copy[head] = without(inner, (tuple(rest),))
    return copy


def strings(value: object) -> Iterator[str]:
    """Every string inside a value, depth first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
