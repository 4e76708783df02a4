"""From the end of a Parquet file to the columns of a table that takes its rows.

Types are those that ClickHouse infers; whole numbers are as wide as the file has them. Source:
ClickHouse docs, interfaces/formats/Parquet.
"""

from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow

EXTRA: Final = "checks-parquet"

_MAGIC: Final = b"PAR1"
_SAME_WORD: Final = {
    "bool": "Bool",
    "float": "Float32",
    "double": "Float64",
    "date32[day]": "Date32",
    **{
        f"{sign}int{bits}": f"{sign.upper()}Int{bits}"
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
}
_DIGITS: Final = {"s": 3, "ms": 3, "us": 6, "ns": 9}
_DEEPEST: Final = 8
_MOST_COLUMNS: Final = 1000


class NoColumns(Exception):
    """The end of the file does not tell them: it is damaged, or longer than what was read."""


def is_installed() -> bool:
    """Whether the library that reads them is there."""
    return find_spec("pyarrow") is not None


def columns_of_parquet(end: bytes) -> list[tuple[str, str]]:
    """Names and types of the columns.

    Raises:
        NoColumns: They cannot be read.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(BytesIO(_MAGIC + end))
        fields = [schema.field(at) for at in range(min(len(schema), _MOST_COLUMNS))]
        return [(field.name, _column_type(field)) for field in fields]
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise NoColumns from error


def _column_type(field: "pyarrow.Field[Any]", depth: int = 0) -> str:
    kind = _type(field.type, depth)
    can_be_null = field.nullable and not kind.startswith(("Array(", "Map(", "Tuple("))
    return f"Nullable({kind})" if can_be_null else kind


def _type(kind: Any, depth: int) -> str:  # noqa: ANN401 # each type has attributes of its own
    from pyarrow import types

    if str(kind) in _SAME_WORD:
        return _SAME_WORD[str(kind)]
    if types.is_timestamp(kind):
        return f"DateTime64({_DIGITS[kind.unit]}, 'UTC')"
    if types.is_decimal(kind):
        return f"Decimal({kind.precision}, {kind.scale})"
    if types.is_fixed_size_binary(kind):
        return f"FixedString({kind.byte_width})"
    if types.is_dictionary(kind):
        return _type(kind.value_type, depth)
    return _of_many(kind, depth + 1) if depth < _DEEPEST else "String"


def _of_many(kind: Any, depth: int) -> str:  # noqa: ANN401 # as above
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind):
        return f"Array({_column_type(kind.value_field, depth)})"
    if types.is_map(kind):
        return f"Map({_type(kind.key_type, depth)}, {_column_type(kind.item_field, depth)})"
    return "String"
