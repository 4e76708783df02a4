"""The end of a Parquet file tells its columns, as a ClickHouse reads them."""

import io
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from clickpipes_mcp.checks.files.samples import FileFormat, Part, sample
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.checks.judging import Flaw
from tests.clickhouse_engine import engine

NOW = datetime(2026, 1, 31, tzinfo=UTC)
COLUMNS: list[tuple[pyarrow.DataType, Any, str]] = [
    *(
        (getattr(pyarrow, name)(), 1, f"Nullable({name.replace('u', 'U').replace('int', 'Int')})")
        for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
    ),
    (pyarrow.bool_(), True, "Nullable(Bool)"),
    (pyarrow.float32(), 1.5, "Nullable(Float32)"),
    (pyarrow.float64(), 1.5, "Nullable(Float64)"),
    (pyarrow.string(), "a", "Nullable(String)"),
    (pyarrow.large_string(), "a", "Nullable(String)"),
    (pyarrow.binary(), b"a", "Nullable(String)"),
    (pyarrow.binary(4), b"abcd", "Nullable(FixedString(4))"),
    (pyarrow.date32(), date(2026, 1, 31), "Nullable(Date32)"),
    (pyarrow.timestamp("ms"), NOW, "Nullable(DateTime64(3, 'UTC'))"),
    (pyarrow.timestamp("us", "UTC"), NOW, "Nullable(DateTime64(6, 'UTC'))"),
    (pyarrow.timestamp("ns"), NOW, "Nullable(DateTime64(9, 'UTC'))"),
    (pyarrow.decimal128(18, 4), Decimal("1.5"), "Nullable(Decimal(18, 4))"),
    (pyarrow.list_(pyarrow.int32()), [1], "Array(Nullable(Int32))"),
    (pyarrow.map_(pyarrow.string(), pyarrow.int64()), {"a": 1}, "Map(String, Nullable(Int64))"),
    (pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "a", "Nullable(String)"),
]


def table(rows: int = 1) -> pyarrow.Table:
    kinds = [kind for kind, *_ in COLUMNS]
    values = [
        pyarrow.array([value] * rows, kind)
        if not pyarrow.types.is_dictionary(kind)
        else pyarrow.array([value] * rows).dictionary_encode()
        for kind, value, _ in COLUMNS
    ]
    names = [f"c{number}" for number in range(len(kinds))]
    fixed = pyarrow.array([7] * rows, pyarrow.int64())
    schema = pyarrow.schema(
        [
            *(pyarrow.field(name, one.type) for name, one in zip(names, values, strict=True)),
            pyarrow.field("fixed", pyarrow.int64(), nullable=False),
        ]
    )
    return pyarrow.table([*values, fixed], schema=schema)


def written(content: pyarrow.Table, **how: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(content, file, **how)
    return file.getvalue()


def taken(content: bytes, end: bytes | None = None) -> Any:
    beginning = content[:MOST_BYTES]
    last = content if end is None else end
    part = Part(beginning, len(beginning) == len(content), lambda wanted: last[-wanted:])
    return sample("a.parquet", part, FileFormat("Parquet"))


def test_columns_have_the_types_of_the_file() -> None:
    found = taken(written(table()))

    assert found.columns == [
        *((f"c{number}", kind) for number, (*_, kind) in enumerate(COLUMNS)),
        ("fixed", "Int64"),
    ]


def test_of_a_large_file_the_end_is_read() -> None:
    numbers = pyarrow.table({"n": list(range(100_000))})
    large = written(numbers, compression="none", use_dictionary=False)
    assert len(large) > MOST_BYTES

    assert taken(large).columns == [("n", "Nullable(Int64)")]
    # A store that answers with the beginning, or with nothing, tells no columns and no fault.
    for end in (large[:MOST_BYTES], b""):
        unread = taken(large, end)
        assert unread.columns == []
        assert "could not be read" in unread.found


def test_a_file_that_is_not_whole_is_a_fault() -> None:
    for broken in (written(table())[:-1], b"PAR1\0\0", b"PAR1" + b"\xff" * 40 + b"PAR1"):
        assert isinstance(taken(broken).found, Flaw)


def test_without_the_library_the_answer_says_how_to_have_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    found = taken(written(table()))

    assert "clickpipes-mcp[checks-parquet]" in found.found
    assert found.columns == []


@pytest.mark.sql
def test_a_clickhouse_reads_the_columns_so(tmp_path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(written(table()))

    with engine(tmp_path) as clickhouse:
        described = clickhouse.run(f"DESCRIBE TABLE file('{file}', Parquet)")

    assert dict(taken(file.read_bytes()).columns) == {
        row["name"]: row["type"].replace("Nullable(Int64)", "Int64")
        if row["name"] == "fixed"
        else row["type"]
        for row in described
    }
