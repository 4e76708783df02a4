"""Names and types of the fields of rows in JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.checks.files.column_types import Columns, common_type

MOST_ROWS: Final = 200
_BETWEEN: Final = " \t\r\n,"
_UNTIL_DEPTH: Final = 3

Row: TypeAlias = Mapping[str, JsonValue]


class NoJson(Exception):
    """A row does not begin as JSON does."""


def rows_of(text: str, *, is_whole: bool) -> Iterator[Row]:
    """The objects at the beginning of a text, one after another or in a list.

    Raises:
        NoJson: What stands there is no object.
    """
    decoder = json.JSONDecoder()
    at = _next(text, 0)
    is_list = text.startswith("[", at)
    at = _next(text, at + 1) if is_list else at
    for _ in range(MOST_ROWS):
        if at >= len(text) or (is_list and text[at] == "]"):
            return
        try:
            row, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if is_whole or not _is_cut_off(error, text, at):
                raise NoJson from error
            return
        if not isinstance(row, dict):
            raise NoJson
        yield row
        at = _next(text, at)


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at


def _is_cut_off(error: Exception, text: str, at: int) -> bool:
    """Whether a row only ends too early: where the text ends, or in its last line."""
    if text[at] != "{":
        return False
    ends_there = isinstance(error, json.JSONDecodeError) and error.pos >= len(text.rstrip()) - 1
    return ends_there or "\n" not in text[at:].rstrip()


def columns_of_rows(rows: list[Row]) -> Columns:
    """The fields in the order in which they turn up, each with a type that takes all values."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [(name, common_type(_kind(row.get(name)) for row in rows)) for name in names]


def _kind(value: JsonValue, depth: int = 0) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Bool"
    if isinstance(value, int):
        return "Int64" if -(2**63) <= value < 2**63 else "String"
    if isinstance(value, float):
        return "Float64"
    if isinstance(value, list) and depth < _UNTIL_DEPTH:
        return f"Array({common_type(_kind(one, depth + 1) for one in value)})"
    return "String"
