"""Holds the beginning of one file against the format of a pipe."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clickpipes_mcp.checks.avro_columns import columns_of_avro
from clickpipes_mcp.checks.files.avro_header import schema_of
from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.files.delimited_rows import cells_of, columns_of_cells, other_delimiter
from clickpipes_mcp.checks.files.json_rows import NoJson, Row, columns_of_rows, rows_of
from clickpipes_mcp.checks.files.parquet_columns import (
    EXTRA,
    NoColumns,
    columns_of_parquet,
    is_installed,
)
from clickpipes_mcp.checks.files.unpacking import (
    MOST_BYTES,
    NotUnpacked,
    NoWayToUnpack,
    packed_as,
    packing,
    unpacked,
)
from clickpipes_mcp.checks.judging import Flaw, Unseen
from clickpipes_mcp.checks.shown_records import shown
from clickpipes_mcp.counting import counted

_PARQUET: Final = b"PAR1"
_AVRO: Final = b"Obj\x01"
_OTHERS: Final = {_PARQUET: "Parquet", _AVRO: "Avro"}


@dataclass(frozen=True)
class FileFormat:
    """What is said of the files: format, compression and delimiter; empty where left out."""

    name: str
    compression: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Sampled:
    """What a file was found to be: a flaw, or why nothing is known, or that it fits.

    `beginning` are its first rows, each with the names of its fields.
    """

    found: Flaw | Unseen | str
    columns: Columns
    beginning: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Part:
    """The beginning of a file; `is_whole` where there is no more of it.

    `end` reads the last octets of the file, as many as are asked for.
    """

    octets: bytes = field(repr=False)
    is_whole: bool
    end: Callable[[int], bytes]


Content: TypeAlias = Callable[[Part, FileFormat], Sampled]


def sample(key: str, part: Part, wished: FileFormat) -> Sampled:
    """Hold the beginning of a file against the format."""
    kind = packing(wished.compression, key)
    real = packed_as(part.octets)
    if real and real != kind:
        return _flaw(
            f"{key} is packed with {real}, and is read as {_read_as(kind)}.",
            f"Set compression to {real}, or give its name the ending that says so.",
        )
    try:
        plain = unpacked(part.octets, kind)
    except NoWayToUnpack:
        return Sampled(Unseen(f"{key} is packed with {kind}, which is not read here."), [])
    except NotUnpacked:
        return _flaw(
            f"{key} is read as {kind}, and is not packed like that.",
            "Set compression to none, or to what the file is packed with.",
        )
    if kind != "none":
        is_whole = part.is_whole and len(plain) < MOST_BYTES
        part = Part(plain, is_whole, lambda wanted: plain[-wanted:] if is_whole else b"")
    return _judge(part, wished)


def _read_as(kind: str) -> str:
    return "not packed" if kind == "none" else kind


def _judge(part: Part, wished: FileFormat) -> Sampled:
    other = next((name for magic, name in _OTHERS.items() if part.octets.startswith(magic)), "")
    if other and other != wished.name:
        return _flaw(f"The file is {other}, and the format is {wished.name}.", _CORRECT)
    return _CONTENTS[wished.name](part, wished)


_CORRECT: Final = "Correct source.format."


def _flaw(evidence: str, mend: str) -> Sampled:
    return Sampled(Flaw(evidence, mend), [])


def _text(part: Part) -> str | None:
    """The text; the last letter may be cut."""
    plain = part.octets
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if part.is_whole or error.start < len(plain) - 4:
            return None
        return plain[: error.start].decode("utf-8-sig")


def _json(part: Part, wished: FileFormat) -> Sampled:
    text = _text(part)
    try:
        rows = None if text is None else list(rows_of(text, is_whole=part.is_whole))
    except NoJson:
        rows = None
    if rows is None:
        return _flaw(
            f"The file is no JSON with an object for each row, as {wished.name} is.", _CORRECT
        )
    if not rows:
        return Sampled(Unseen("The part of the file that was read holds no whole row."), [])
    columns = columns_of_rows(rows) if wished.name == "JSONEachRow" else []
    return Sampled(
        f"{counted(len(rows), 'row')} of a file read as {wished.name}.", columns, _shown(rows)
    )


def _delimited(part: Part, wished: FileFormat) -> Sampled:
    is_quoted = wished.name.startswith("CSV")
    delimiter = (wished.delimiter or ",") if is_quoted else (wished.delimiter or "\t")
    text = _text(part)
    if text is None or "\0" in text or len(delimiter) != 1:
        return _flaw(f"The file is no text, as {wished.name} is.", _CORRECT)
    if text.startswith('{"') and text.partition("\n")[0].rstrip().endswith("}"):
        return _flaw(f"The rows are JSON, and the format is {wished.name}.", _CORRECT)
    how = {"is_quoted": is_quoted, "is_whole": part.is_whole}
    try:
        rows = cells_of(text, delimiter, **how)
        widths = {len(row) for row in rows}
        other = other_delimiter(text, delimiter, **how) if widths == {1} or len(widths) > 1 else ""
    except csv.Error:
        return _flaw(f"The rows of the file are not {wished.name}.", _CORRECT)
    if other:
        return _flaw(
            f"The rows are not split by {delimiter!r}, but by {other!r}.", "Correct delimiter."
        )
    if len(widths) > 1:
        return _flaw("The rows have different numbers of fields.", "Correct format or delimiter.")
    if not rows:
        return Sampled(Unseen("The file that was read holds no row."), [])
    has_names = wished.name.endswith("WithNames")
    columns = columns_of_cells(rows, has_names=has_names)
    names = [name for name, _ in columns]
    beginning = _shown(dict(zip(names, row, strict=True)) for row in rows[has_names:])
    return Sampled(
        f"{counted(len(rows), 'line')} of a file read as {wished.name}.", columns, beginning
    )


def _shown(rows: Iterable[Row]) -> tuple[str, ...]:
    """With their names, by which secrets are known: a line alone would tell them."""
    return shown(json.dumps(row).encode() for row in rows)


def _parquet(part: Part, wished: FileFormat) -> Sampled:  # noqa: ARG001 # as all
    if not part.octets.startswith(_PARQUET):
        return _flaw("The file is no Parquet.", _CORRECT)
    if not is_installed():
        where = f"clickpipes-mcp[{EXTRA}] where this server is installed"
        return Sampled(
            f"A file is Parquet. To have its columns read the operator adds {where}.", []
        )
    end = part.octets if part.is_whole else part.end(MOST_BYTES)
    try:
        return Sampled("A file is Parquet.", columns_of_parquet(end))
    except NoColumns:
        if part.is_whole:
            return _flaw("The file begins as Parquet, and does not end so.", "Write it anew.")
        return Sampled("A file is Parquet. Its columns, told at its end, could not be read.", [])


def _avro(part: Part, wished: FileFormat) -> Sampled:  # noqa: ARG001 # as all
    if not part.octets.startswith(_AVRO):
        return _flaw("The file is no Avro.", _CORRECT)
    return Sampled("A file is Avro.", columns_of_avro(schema_of(part.octets)))


_CONTENTS: Final[Mapping[str, Content]] = {
    "JSONEachRow": _json,
    "JSONAsObject": _json,
    "CSV": _delimited,
    "CSVWithNames": _delimited,
    "TabSeparated": _delimited,
    "TabSeparatedWithNames": _delimited,
    "Parquet": _parquet,
    "Avro": _avro,
}
"""By the format of a create tool, how a file of it is known."""
