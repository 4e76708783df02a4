"""What one record tells of the format of a topic.

Source: Confluent's documentation, wire format of the serializers: a zero octet and the id of a
schema in four; the Avro specification, object container files.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final

from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.files.json_rows import NoJson, Row, columns_of_rows, rows_of

_PREFIX: Final = 5
_CONTAINER: Final = b"Obj\x01"
_MOST_LOOKED_AT: Final = 256 * 1024


class Encoding(Enum):
    """How a record is written, in words for a sentence."""

    JSON = "JSON"
    REGISTERED = "written with a schema of a registry"
    CONTAINER = "an Avro file"
    UNKNOWN = "something else"


FORMATS: Final[Mapping[str, frozenset[Encoding]]] = {
    "JSONEachRow": frozenset({Encoding.JSON}),
    "AvroConfluent": frozenset({Encoding.REGISTERED}),
    "Protobuf": frozenset({Encoding.REGISTERED}),
}
"""The formats of which a record shows whether they fit."""

SCHEMAS: Final[Mapping[str, str]] = {"AvroConfluent": "AVRO", "Protobuf": "PROTOBUF"}
"""What a registry calls the schemas of a format."""


def encoding_of(record: bytes) -> Encoding:
    """How it is written, as far as its first octets tell."""
    if record[:1] == b"\0" and len(record) > _PREFIX:
        return Encoding.REGISTERED
    if record.startswith(_CONTAINER):
        return Encoding.CONTAINER
    return Encoding.JSON if _objects(record) is not None else Encoding.UNKNOWN


def format_of(encoding: Encoding, schema_kind: str = "") -> str:
    """The format that reads it; empty where only the registry could tell, and did not."""
    if encoding is Encoding.JSON:
        return "JSONEachRow"
    is_registered = encoding is Encoding.REGISTERED
    return next((one for one, kind in SCHEMAS.items() if is_registered and kind == schema_kind), "")


def columns_of(record: bytes) -> Columns:
    """Names and types of the fields of a record in JSON; none of any other."""
    return columns_of_rows([*(_objects(record) or ())])


def _objects(record: bytes) -> list[Row] | None:
    try:
        text = record[:_MOST_LOOKED_AT].decode()
        rows = list(rows_of(text, is_whole=len(record) <= _MOST_LOOKED_AT))
    except (UnicodeDecodeError, NoJson, json.JSONDecodeError):
        return None
    return rows or None
