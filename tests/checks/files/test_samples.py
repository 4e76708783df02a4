"""What the beginning of a file tells of its format: what fits, what does not, and the columns."""

import gzip
import json
import lzma
from typing import Any

import pytest

from clickpipes_mcp.checks.files.samples import FileFormat, Part, Sampled, sample
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.checks.judging import Flaw, Unseen

ROWS = b'{"id": 1, "note": "a", "on": true}\n{"id": 2, "note": null, "price": 1.5}\n'
SCHEMA = json.dumps({"type": "record", "fields": [{"name": "id", "type": "long"}]}).encode()


def avro(schema: bytes = SCHEMA) -> bytes:
    length = len(schema) << 1
    return b"Obj\x01\x02\x16avro.schema" + bytes([length & 0x7F | 0x80, length >> 7]) + schema


def taken(
    content: bytes, name: str = "JSONEachRow", *, key: str = "a", cut: bool = False, **more: Any
) -> Sampled:
    return sample(key, Part(content, not cut, lambda _: b""), FileFormat(name, **more))


FITS: list[tuple[bytes, str, dict[str, str], dict[str, str]]] = [
        (ROWS, "JSONEachRow", {}, {
            "id": "Int64", "note": "Nullable(String)", "on": "Nullable(Bool)",
            "price": "Nullable(Float64)",
        }),
        (b'[{"a": [1, 2.5], "b": [], "c": {"x": 1}, "d": [["q"]]}]', "JSONEachRow", {}, {
            "a": "Array(Float64)", "b": "Array(Nullable(String))", "c": "String",
            "d": "Array(Array(String))",
        }),
        (b'{"a": [], "b": 1}{"a": [1], "b": "x"}', "JSONEachRow", {}, {
            "a": "Array(Int64)", "b": "String",
        }),
        (b'{"a": [1]}{"a": ["x"]}', "JSONEachRow", {}, {"a": "Array(String)"}),
        (b'{"big": 18446744073709551615}', "JSONEachRow", {}, {"big": "String"}),
        (ROWS, "JSONAsObject", {}, {}),
        (b'\xef\xbb\xbfid,at,on,note\n1,2026-01-31,true,"a,b"\n2,,false,x', "CSVWithNames", {}, {
            "id": "Int64", "at": "Nullable(Date32)", "on": "Bool", "note": "String",
        }),
        (b"1;2.5\n2;3\n", "CSV", {"delimiter": ";"}, {"c1": "Int64", "c2": "Float64"}),
        (b"id\tnote\n1\t\"x\n", "TabSeparatedWithNames", {}, {"id": "Int64", "note": "String"}),
        (b"1\t\\N\n", "TabSeparated", {}, {"c1": "Int64", "c2": "Nullable(String)"}),
        (avro(), "Avro", {}, {"id": "Int64"}),
        (avro()[:-5], "Avro", {}, {}),
        (b"Obj\x01\0", "Avro", {}, {}),
        (b"Obj\x01\x03\x08\x16avro.schema\x00", "Avro", {}, {}),
]  # fmt: skip


def test_what_fits_tells_its_columns() -> None:
    for content, name, more, columns in FITS:
        found = taken(content, name, **more)

        assert isinstance(found.found, str), content
        assert dict(found.columns) == columns


MISFITS: list[tuple[bytes, str, dict[str, str]]] = [
        (b"id,note\n1,x\n", "JSONEachRow", {}),
        (b"[1, 2]", "JSONEachRow", {}),
        (b'{"id": 1}\n{"id": \n', "JSONEachRow", {}),
        (b"\xff\xfe{}", "JSONEachRow", {}),
        (b"PAR1\0\0", "JSONEachRow", {}),
        (avro(), "Parquet", {}),
        (ROWS, "Parquet", {}),
        (ROWS, "Avro", {}),
        (b"1;2\n2;3\n", "CSV", {}),
        (ROWS, "CSV", {}),
        (b"1,2\n2,3\n", "TabSeparated", {}),
        (b"1,2\n2,3,4\n", "CSV", {}),
        (b"\0\1\2\xff", "CSV", {}),
        (b"1,2\n", "CSV", {"delimiter": "::"}),
        (b'a,"' + b"x" * 200_000 + b'"\n', "CSV", {}),
        (gzip.compress(ROWS, mtime=0), "JSONEachRow", {}),
        (ROWS, "JSONEachRow", {"compression": "gz"}),
        (ROWS, "JSONEachRow", {"compression": "xz"}),
        (gzip.compress(b"no JSON", mtime=0), "JSONEachRow", {"compression": "gzip"}),
]  # fmt: skip


def test_what_does_not_fit_is_told() -> None:
    for content, name, more in MISFITS:
        found = taken(content, name, **more)

        assert isinstance(found.found, Flaw), content
        assert found.found.mend
        assert found.columns == []


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("a.json.gz", gzip.compress(ROWS, mtime=0)),
        ("a.json.xz", lzma.compress(ROWS)),
        ("a.json.lzma", lzma.compress(ROWS, format=lzma.FORMAT_ALONE)),
    ],
)
def test_the_name_tells_how_a_file_is_packed(key, content) -> None:
    found = taken(content, key=key)

    assert [name for name, _ in found.columns] == ["id", "note", "on", "price"]
    assert taken(content[:-10], key=key, cut=True).columns


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("a.zst", b"\x28\xb5\x2f\xfd\0"),
        ("a.br", b"\0\1"),
        ("a", b""),
        ("a", b'{"id": "no end'),
    ],
)
def test_what_cannot_be_read_here_is_no_fault(key, content) -> None:
    assert isinstance(taken(content, key=key, cut=True).found, Unseen)
    assert isinstance(taken(b"", "CSV").found, Unseen)


@pytest.mark.parametrize("at", range(len(ROWS) // 2 + 8, len(ROWS)))
def test_where_a_file_is_cut_does_not_matter(at) -> None:
    assert isinstance(taken(ROWS[:at], cut=True).found, str)
    assert isinstance(taken(b"[" + ROWS.replace(b"\n", b",")[:at], cut=True).found, str)
    assert isinstance(taken(b"id,note\n1,\xc3\xa4\n"[:-2], "CSV", cut=True).found, str)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b'{"a": 1}\n' * (MOST_BYTES // 2))

    found = taken(bomb, compression="gzip")

    assert dict(found.columns) == {"a": "Int64"}


def test_values_are_only_told_as_the_first_rows_with_the_names_of_their_fields() -> None:
    secret = "a secret word"
    found = [
        taken(b'[{"id": 1,\n"note": "a secret word"}]'),
        taken(f"id,password,note\n1,quiet4711,{secret}\n".encode(), "CSVWithNames"),
        taken(f"1\t{secret}\n".encode(), "TabSeparated"),
        taken(secret.encode()),
        taken(avro(), "Avro"),
    ]

    assert secret not in repr(found)
    assert [one.beginning for one in found] == [
        ('{"id": 1, "note": "a secret word"}',),
        ('{"id": "1", "password": "[secret]", "note": "a secret word"}',),
        ('{"c1": "1", "c2": "a secret word"}',),
        (),
        (),
    ]
    assert len(taken(b"\n" + b"n\n" * 99, "CSV").beginning) == 5
