"""From an Avro schema to the columns of a table that takes its records."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

_TYPES: Final[Mapping[str, str]] = {
    "boolean": "Bool",
    "int": "Int32",
    "long": "Int64",
    "float": "Float32",
    "double": "Float64",
    "bytes": "String",
    "string": "String",
    "enum": "String",
    "fixed": "String",
}
_LOGICAL: Final[Mapping[str, str]] = {
    "date": "Date32",
    "timestamp-millis": "DateTime64(3)",
    "timestamp-micros": "DateTime64(6)",
    "uuid": "UUID",
}
_MOST_DIGITS: Final = 76
_DEEPEST: Final = 8


def columns_of_avro(definition: str) -> list[tuple[str, str]]:
    """Names and types of the fields of a record; empty where it is none."""
    try:
        read = json.loads(definition)
    except (ValueError, RecursionError):
        return []
    return list(_fields(read)) if isinstance(read, dict) else []


def _fields(record: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    fields = record.get("fields")
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict) and isinstance(name := field.get("name"), str):
            yield name, _column_type(field.get("type"))


def _column_type(kind: JsonValue, depth: int = 0) -> str:
    if depth < _DEEPEST:
        if isinstance(kind, list):
            return _of_union(kind, depth + 1)
        if isinstance(kind, dict):
            return _of_object(kind, depth + 1)
    return _TYPES.get(str(kind), "String")


def _of_union(kinds: list[JsonValue], depth: int) -> str:
    rest = [one for one in kinds if one != "null"]
    if len(rest) != 1:
        return "String"
    inner = _column_type(rest[0], depth)
    may_be_null = len(rest) < len(kinds) and not inner.startswith(("Array", "Map", "Tuple"))
    return f"Nullable({inner})" if may_be_null else inner


def _of_object(kind: Mapping[str, JsonValue], depth: int) -> str:
    logical = str(kind.get("logicalType"))
    if logical == "decimal":
        return _decimal(kind)
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    inner = kind.get("type")
    if inner == "array":
        return f"Array({_column_type(kind.get('items'), depth)})"
    if inner == "map":
        return f"Map(String, {_column_type(kind.get('values'), depth)})"
    return _column_type(inner, depth)


def _decimal(kind: Mapping[str, JsonValue]) -> str:
    digits, scale = kind.get("precision"), kind.get("scale", 0)
    if not (isinstance(digits, int) and isinstance(scale, int)):
        return "String"
    return f"Decimal({digits}, {scale})" if 0 <= scale <= digits <= _MOST_DIGITS else "String"
