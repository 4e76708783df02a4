"""Names and types of the fields of rows with delimiters."""

import csv
import re
from collections.abc import Iterable
from typing import Final

from clickpipes_mcp.checks.files.column_types import Columns, common_type

_MOST_ROWS: Final = 200
_DELIMITERS: Final = (",", ";", "\t", "|")
_KINDS: Final = (
    ("Int64", re.compile(r"-?\d{1,18}")),
    ("Float64", re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")),
    ("Bool", re.compile(r"true|false", re.IGNORECASE)),
    ("Date32", re.compile(r"\d{4}-\d{2}-\d{2}")),
)


def cells_of(text: str, delimiter: str, *, is_quoted: bool, is_whole: bool) -> list[list[str]]:
    """The cells of the rows at the beginning of a text.

    Raises:
        csv.Error: A row is longer than any reader takes, or holds what no row may.
    """
    lines = text.splitlines()[: _MOST_ROWS + 1]
    if not is_whole and len(lines) > 1 and len(lines) <= _MOST_ROWS:
        lines = lines[:-1]  # the last one may be cut
    if not is_quoted:
        return [line.split(delimiter) for line in lines if line]
    return [row for row in csv.reader(lines, delimiter=delimiter) if row][:_MOST_ROWS]


def other_delimiter(text: str, delimiter: str, *, is_quoted: bool, is_whole: bool) -> str:
    """The delimiter that splits rows which the given one does not split; empty where none does."""
    for one in _DELIMITERS:
        if one != delimiter:
            rows = cells_of(text, one, is_quoted=is_quoted, is_whole=is_whole)
            widths = {len(row) for row in rows}
            if len(rows) > 1 and len(widths) == 1 and widths != {1}:
                return one
    return ""


def columns_of_cells(rows: list[list[str]], *, has_names: bool) -> Columns:
    """The columns of rows of equal width; without names they are called as ClickHouse does."""
    names = rows[0] if has_names else [f"c{number + 1}" for number in range(len(rows[0]))]
    values = rows[1:] if has_names else rows
    return [(name, _type(row[at] for row in values)) for at, name in enumerate(names)]


def _type(values: Iterable[str]) -> str:
    return common_type(_kind(value) for value in values)


def _kind(value: str) -> str:
    if value in ("", "\\N"):
        return ""
    return next((kind for kind, shape in _KINDS if shape.fullmatch(value)), "String")
