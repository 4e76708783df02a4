"""What a few records of a stream are found to be, with no value of them told."""

import gzip

import pytest

from clickpipes_mcp.checks.judging import Flaw
from clickpipes_mcp.checks.kinesis.records import sample

JSON = b'{"id": 1, "note": "a secret word"}'
COLUMNS = [("id", "Int64"), ("note", "String")]
SCHEMA = b'{"type":"record","name":"r","fields":[{"name":"id","type":"long"}]}'
AVRO = b"Obj\x01\x02\x16avro.schema" + bytes([len(SCHEMA) * 2 & 0x7F | 0x80, 1]) + SCHEMA + b"\x00"


@pytest.mark.parametrize(
    ("records", "wished", "is_flaw", "fits", "columns"),
    [
        ([JSON, JSON + b"\n" + JSON], "JSONEachRow", False, "JSONEachRow", COLUMNS),
        ([JSON], "", False, "JSONEachRow", COLUMNS),
        ([b"\x01\x02"], "", None, "", []),
        ([b"\xff{"], "JSONEachRow", True, "", []),
        ([JSON], "Avro", True, "", []),
        ([AVRO], "Avro", False, "Avro", [("id", "Int64")]),
        ([b"\x01\x02"], "Avro", None, "", []),
        ([JSON], "AvroConfluent", True, "", []),
        ([b"\x03\x00" + bytes(16)], "AvroConfluent", False, "AvroConfluent", []),
        ([JSON], "Protobuf", True, "", []),
        ([b"\x08\x01"], "Protobuf", None, "", []),
        ([b"", gzip.compress(JSON)], "JSONEachRow", True, "", []),
        ([b"\xf3\x89\x9a\xc2\x00"], "JSONEachRow", True, "", []),
    ],
)
def test_records_are_held_against_the_format(records, wished, is_flaw, fits, columns):
    seen = sample(records, wished)

    assert (isinstance(seen.found, Flaw) if seen.found else None) is is_flaw
    assert (seen.format, seen.columns) == (fits, columns)
    assert "secret word" not in repr(seen)
