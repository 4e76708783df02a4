"""A few records of a source as a person may see them: where somebody asked, short, and as text."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.redaction import MASK, drop_invisible, is_secret_name

MOST_RECORDS: Final = 5
MOST_LETTERS: Final = 200
"""Of a record."""

_LOOKED_AT: Final = 256 * 1024
"""Octets of a record: a secret that begins among those that are shown ends within these."""

_LONGEST_LETTER: Final = 4


def shown(records: Iterable[bytes]) -> tuple[str, ...]:
    """The first records that hold anything; of one that is no text, how long it is.

    In records of JSON a field whose name is that of a secret has lost its value, however deep.
    """
    return tuple(islice(map(_text, filter(bytes.strip, records)), MOST_RECORDS))


def _text(record: bytes) -> str:
    part = record[:_LOOKED_AT]
    try:
        text = part.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        was_cut = len(record) > len(part) and error.start >= len(part) - _LONGEST_LETTER
        text = part[: error.start].decode("utf-8-sig") if was_cut else "\0"
    return f"no text, {len(record):,} bytes" if "\0" in text else _without_secrets(text)


def _without_secrets(text: str) -> str:
    try:
        return json.dumps(_masked(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _masked(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: MASK if is_secret_name(drop_invisible(name)) else _masked(inner)
            for name, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
