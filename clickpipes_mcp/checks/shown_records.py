"""A few records of a source as a person may see them: where somebody asked, short, and as text."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Final

from pydantic import JsonValue
from pydantic_core import from_json

from clickpipes_mcp.redaction import MASK, drop_invisible, is_secret_name

MOST_RECORDS: Final = 5
MOST_LETTERS: Final = 200
"""Of a record."""

_LOOKED_AT: Final = 256 * 1024
"""Octets of a record: a secret that begins among those that are shown ends within these."""

_LONGEST_LETTER: Final = 4


def shown(records: Iterable[bytes]) -> tuple[str, ...]:
    """The first records that hold anything; of one that is no text, how long it is.

    In records of JSON a field whose name is that of a secret has lost its value, however deep. Of
    several documents in a record the first is shown, of one that was cut what is left; of one that
    cannot be read nothing is, as nobody knows which of its fields are secret.
    """
    return tuple(islice(map(_text, filter(bytes.strip, records)), MOST_RECORDS))


def _text(record: bytes) -> str:
    part = record[:_LOOKED_AT]
    try:
        text = part.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        was_cut = len(record) > len(part) and error.start >= len(part) - _LONGEST_LETTER
        text = part[: error.start].decode("utf-8-sig") if was_cut else "\0"
    if "\0" in text:
        return f"no text, {len(record):,} bytes"
    if not _begins_as_json(text):
        return text
    try:
        document: JsonValue = from_json(text, allow_partial="trailing-strings")
        return json.dumps(_masked(document), ensure_ascii=False)
    except ValueError:
        return f"JSON that cannot be read, {len(record):,} bytes"


def _begins_as_json(text: str) -> bool:
    """As a document does; a line of a log may begin with a bracket too."""
    begun = text.lstrip()
    return begun.startswith("{") or (
        begun.startswith("[") and begun[1:].lstrip().startswith(("[", "{", '"'))
    )


def _masked(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: MASK if is_secret_name(drop_invisible(name)) else _masked(inner)
            for name, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
