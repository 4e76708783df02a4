"""One type for a column that takes everything that was seen in it."""

from collections.abc import Iterable
from typing import Final, TypeAlias

Columns: TypeAlias = list[tuple[str, str]]
"""Names with types of ClickHouse."""

_NUMBERS: Final = ("Int64", "Float64")
_UNKNOWN: Final = "Array(Nullable(String))"
"""The type of a list that was always empty, or held nothing but null."""


def common_type(kinds: Iterable[str]) -> str:
    """The type of values of these kinds; an empty kind is a value that is not there."""
    seen = set(kinds)
    may_lack = "" in seen
    seen.discard("")
    if len(seen) > 1:
        seen.discard(_UNKNOWN)
    if not seen:
        return "Nullable(String)"
    kind = seen.pop() if len(seen) == 1 else _widest(seen)
    return f"Nullable({kind})" if may_lack and not kind.startswith("Array(") else kind


def _widest(kinds: set[str]) -> str:
    if kinds <= set(_NUMBERS):
        return "Float64"
    inner = [one.removeprefix("Array(").removesuffix(")") for one in kinds]
    if all(one.startswith("Array(") for one in kinds):
        return f"Array({common_type(inner)})"
    return "String"
