"""Holds the beginning of one file against the format of a pipe. Values never leave this module."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from clickpipes_mcp.checks.avro_columns import columns_of_avro
from clickpipes_mcp.checks.files.avro_header import schema_of
from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.files.delimited_rows import cells_of, columns_of_cells, other_delimiter
from clickpipes_mcp.checks.files.json_rows import NoJson, columns_of_rows, rows_of
from clickpipes_mcp.checks.files.unpacking import (
    MOST_BYTES,
    NotUnpacked,
    NoWayToUnpack,
    packed_as,
    packing,
    unpacked,
)
from clickpipes_mcp.checks.judging import Flaw, Unseen

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
    """What a file was found to be: a flaw, or why nothing is known, or that it fits."""

    found: Flaw | Unseen | str
    columns: Columns


Content: TypeAlias = Callable[[bytes, FileFormat, bool], Sampled]


def sample(key: str, content: bytes, wished: FileFormat, *, is_whole: bool) -> Sampled:
    """Hold the beginning of a file against the format; `is_whole` where there is no more of it."""
    kind = packing(wished.compression, key)
    real = packed_as(content)
    if real and real != kind:
        return _flaw(
            f"{key} is packed with {real}, and is read as {_read_as(kind)}.",
            f"Set compression to {real}, or give its name the ending that says so.",
        )
    try:
        plain = unpacked(content, kind)
    except NoWayToUnpack:
        return Sampled(Unseen(f"{key} is packed with {kind}, which is not read here."), [])
    except NotUnpacked:
        return _flaw(
            f"{key} is read as {kind}, and is not packed like that.",
            "Set compression to none, or to what the file is packed with.",
        )
    was_cut = kind != "none" and len(plain) >= MOST_BYTES
    return _judge(plain, wished, is_whole=is_whole and not was_cut)


def _read_as(kind: str) -> str:
    return "not packed" if kind == "none" else kind


def _judge(plain: bytes, wished: FileFormat, *, is_whole: bool) -> Sampled:
    other = next((name for magic, name in _OTHERS.items() if plain.startswith(magic)), "")
    if other and other != wished.name:
        return _flaw(f"The file is {other}, and the format is {wished.name}.", _CORRECT)
    return _CONTENTS[wished.name](plain, wished, is_whole)


_CORRECT: Final = "Correct source.format."


def _flaw(evidence: str, mend: str) -> Sampled:
    return Sampled(Flaw(evidence, mend), [])


def _text(plain: bytes, *, is_whole: bool) -> str | None:
    """The text; the last letter may be cut."""
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if is_whole or error.start < len(plain) - 4:
            return None
        return plain[: error.start].decode("utf-8-sig")


def _json(plain: bytes, wished: FileFormat, is_whole: bool) -> Sampled:  # noqa: FBT001 # as all
    text = _text(plain, is_whole=is_whole)
    try:
        rows = None if text is None else list(rows_of(text, is_whole=is_whole))
    except NoJson:
        rows = None
    if rows is None:
        return _flaw(
            f"The file is no JSON with an object for each row, as {wished.name} is.", _CORRECT
        )
    if not rows:
        return Sampled(Unseen("The part of the file that was read holds no whole row."), [])
    columns = columns_of_rows(rows) if wished.name == "JSONEachRow" else []
    return Sampled(f"{len(rows)} rows of a file are {wished.name}.", columns)


def _delimited(plain: bytes, wished: FileFormat, is_whole: bool) -> Sampled:  # noqa: FBT001 # as all
    is_quoted = wished.name.startswith("CSV")
    delimiter = (wished.delimiter or ",") if is_quoted else (wished.delimiter or "\t")
    text = _text(plain, is_whole=is_whole)
    if text is None or "\0" in text or len(delimiter) != 1:
        return _flaw(f"The file is no text, as {wished.name} is.", _CORRECT)
    if text.startswith('{"') and text.partition("\n")[0].rstrip().endswith("}"):
        return _flaw(f"The rows are JSON, and the format is {wished.name}.", _CORRECT)
    how = {"is_quoted": is_quoted, "is_whole": is_whole}
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
    columns = columns_of_cells(rows, has_names=wished.name.endswith("WithNames"))
    return Sampled(f"{len(rows)} lines of a file are {wished.name}.", columns)


def _parquet(plain: bytes, wished: FileFormat, is_whole: bool) -> Sampled:  # noqa: ARG001, FBT001 # as all
    if not plain.startswith(_PARQUET):
        return _flaw("The file is no Parquet.", _CORRECT)
    return Sampled("A file is Parquet. Its columns are told at its end, which was not read.", [])


def _avro(plain: bytes, wished: FileFormat, is_whole: bool) -> Sampled:  # noqa: ARG001, FBT001 # as all
    if not plain.startswith(_AVRO):
        return _flaw("The file is no Avro.", _CORRECT)
    return Sampled("A file is Avro.", columns_of_avro(schema_of(plain)))


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
