"""Holds a few records of a stream against the format of a pipe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clickpipes_mcp.checks.avro_columns import columns_of_avro
from clickpipes_mcp.checks.files.avro_header import schema_of
from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.files.json_rows import NoJson, Row, columns_of_rows, rows_of
from clickpipes_mcp.checks.files.unpacking import packed_as
from clickpipes_mcp.checks.judging import Flaw, Judged

JSON: Final = "JSONEachRow"
_AGGREGATED: Final = b"\xf3\x89\x9a\xc2"
"""Source: Kinesis Producer Library, aggregation-format.md."""

_AVRO: Final = b"Obj\x01"
_SCHEMA_IDS: Final = (b"\x00", b"\x03")
"""What a record begins with that names its schema: of Confluent's registries, and of AWS Glue."""


@dataclass(frozen=True)
class Sampled:
    """What the records were found to be, the format that fits them, and their columns."""

    found: Judged
    format: str = ""
    columns: Columns = field(default_factory=list)


def sample(records: Sequence[bytes], wished: str) -> Sampled:
    """Hold records against a format; without one, tell which fits."""
    first = next((one for one in records if one), b"")
    packed = packed_as(first)
    if packed:
        return Sampled(
            Flaw(
                f"The records are packed with {packed}, and are read as they are.",
                "Have the producer write them unpacked.",
            )
        )
    if first.startswith(_AGGREGATED):
        return Sampled(
            Flaw(
                "The Kinesis Producer Library put several records into one.",
                "Switch its AggregationEnabled off: nothing documents that ClickPipes takes such "
                "records apart.",
            )
        )
    rows = _rows(records)
    if not wished:
        return _guess(rows)
    return _FORMATS[wished](records, rows)


def _rows(records: Sequence[bytes]) -> list[Row] | None:
    """The objects in the records; None where one of them is something else."""
    try:
        return [row for one in records for row in rows_of(one.decode("utf-8-sig"), is_whole=True)]
    except (UnicodeDecodeError, NoJson):
        return None


def _guess(rows: list[Row] | None) -> Sampled:
    if not rows:
        return Sampled(None)
    return Sampled(_fits(len(rows), JSON), JSON, columns_of_rows(rows))


def _fits(count: int, name: str) -> str:
    return f"{count} records that were read are {name}."


def _json(records: Sequence[bytes], rows: list[Row] | None) -> Sampled:
    if rows is None:
        return _other("The records are no JSON objects.")
    return Sampled(_fits(len(records), JSON), JSON, columns_of_rows(rows))


def _other(evidence: str) -> Sampled:
    return Sampled(Flaw(evidence, "Correct source.format, or what the producer writes."))


def _avro(records: Sequence[bytes], rows: list[Row] | None) -> Sampled:
    if rows:
        return _other("The records are JSON, and the format is Avro.")
    if not records[0].startswith(_AVRO):
        return Sampled(None)
    return Sampled(_fits(len(records), "Avro"), "Avro", columns_of_avro(schema_of(records[0])))


def _by_registry(records: Sequence[bytes], rows: list[Row] | None) -> Sampled:
    if rows or not all(one.startswith(_SCHEMA_IDS) for one in records):
        return _other("The records do not begin with the id of a schema, as AvroConfluent does.")
    return Sampled("The records begin with the id of a schema.", "AvroConfluent")


def _protobuf(records: Sequence[bytes], rows: list[Row] | None) -> Sampled:  # noqa: ARG001 # as all
    return _other("The records are JSON, and the format is Protobuf.") if rows else Sampled(None)


_Judge: TypeAlias = Callable[[Sequence[bytes], list[Row] | None], Sampled]
_FORMATS: Final[Mapping[str, _Judge]] = {
    JSON: _json,
    "Avro": _avro,
    "AvroConfluent": _by_registry,
    "Protobuf": _protobuf,
}
"""By the format of a create tool, how records of it are known."""
