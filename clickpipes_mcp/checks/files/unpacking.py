"""The beginning of a file as it is before it was compressed, and never more than is wanted."""

import lzma
import zlib
from typing import Final

MOST_BYTES: Final = 256 * 1024
"""Of the content of a file that is sampled, packed and unpacked alike."""

_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"]\x00\x00": "LZMA",
}
_ENDINGS: Final = {
    ".gz": "gzip",
    ".gzip": "gzip",
    ".br": "brotli",
    ".xz": "xz",
    ".lzma": "LZMA",
    ".zst": "zstd",
    ".zstd": "zstd",
}
_SAME: Final = {"gz": "gzip", "br": "brotli"}


class NotUnpacked(Exception):
    """The content is packed in another way than was said, or damaged."""


class NoWayToUnpack(Exception):
    """Nothing here unpacks it."""


def packing(wished: str, key: str) -> str:
    """How a file is packed: as it was said, else as its name tells; none where it is not."""
    if wished and wished != "auto":
        return _SAME.get(wished, wished)
    return next((kind for ending, kind in _ENDINGS.items() if key.endswith(ending)), "none")


def packed_as(content: bytes) -> str:
    """What the first bytes tell; empty where they tell nothing."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), "")


def unpacked(content: bytes, kind: str) -> bytes:
    """The beginning of what is packed.

    Raises:
        NotUnpacked: It is not packed like that.
        NoWayToUnpack: The kind is known, and nothing here reads it.
    """
    if kind == "none":
        return content
    try:
        if kind == "gzip":
            return zlib.decompressobj(wbits=31).decompress(content, MOST_BYTES)
        if kind in ("xz", "LZMA"):
            return lzma.LZMADecompressor().decompress(content, MOST_BYTES)
    except (zlib.error, lzma.LZMAError) as error:
        raise NotUnpacked from error
    raise NoWayToUnpack
