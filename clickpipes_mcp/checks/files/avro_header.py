"""The schema at the beginning of an Avro file.

Source: Apache Avro specification, object container files.
"""

from typing import Final

_MAGIC: Final = 4
_SCHEMA: Final = b"avro.schema"


def schema_of(content: bytes) -> str:
    """The schema as JSON; empty where the beginning of the file does not hold it."""
    try:
        return _entries(content).get(_SCHEMA, b"").decode(errors="replace")
    except IndexError:
        return ""


def _entries(content: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = _MAGIC
    while _SCHEMA not in found:
        count, at = _long(content, at)
        if count == 0:
            break
        if count < 0:
            _, at = _long(content, at)
        for _ in range(abs(count)):
            name, at = _bytes(content, at)
            found[name], at = _bytes(content, at)
    return found


def _bytes(content: bytes, at: int) -> tuple[bytes, int]:
    length, at = _long(content, at)
    if not 0 <= length <= len(content) - at:
        raise IndexError
    return content[at : at + length], at + length


def _long(content: bytes, at: int) -> tuple[int, int]:
    """A number in zigzag coding, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80 or shift > 63:
            return (value >> 1) ^ -(value & 1), at
