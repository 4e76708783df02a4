"""The octets of an answer, decoded as they arrive and never beyond a limit."""

import zlib
from typing import Final

from clickpipes_mcp.errors import UnreadableAnswer
from clickpipes_mcp.settings import API_ADDRESS

_GZIP: Final = 16 + zlib.MAX_WBITS
"""What zlib calls a header and a trailer of gzip."""

_WINDOWS: Final = {"": None, "identity": None, "gzip": _GZIP, "x-gzip": _GZIP}
_NOT_THE_API = f"The operator checks that {API_ADDRESS} is the address of the API."


class DamagedContent(ValueError):
    """The content is not in the encoding that it says it is in; never leaves this package."""


class Decoder:
    """Undoes the one encoding that is asked for.

    A second layer would let two kilobytes stand for two gigabytes; none is undone.
    """

    def __init__(self, encoding: str, most_bytes: int) -> None:
        named = encoding.strip().lower()
        if named not in _WINDOWS:
            raise UnreadableAnswer(
                "The answer is encoded in a way that was not asked for.", fix=_NOT_THE_API
            )
        window = _WINDOWS[named]
        self._gzip = None if window is None else zlib.decompressobj(window)
        self._most_bytes = most_bytes
        self._decoded = bytearray()
        self._is_empty = True

    def take(self, arrived: bytes) -> None:
        """Decode a piece.

        Raises:
            UnreadableAnswer: It is too much; the rest is not read.
            DamagedContent: It is no gzip, or something follows it.
        """
        self._is_empty = self._is_empty and not arrived
        if self._gzip is not None:
            room = self._most_bytes - len(self._decoded) + 1
            try:
                arrived = self._gzip.decompress(arrived, room)
            except zlib.error as error:
                raise DamagedContent from error
        self._decoded += arrived
        if len(self._decoded) > self._most_bytes:
            raise UnreadableAnswer(
                f"The answer is longer than {self._most_bytes // 1024} KiB and was not read.",
                fix=_NOT_THE_API,
            )
        if self._gzip is not None and self._gzip.unused_data:
            raise DamagedContent

    def whole(self) -> bytes:
        """Everything decoded.

        Raises:
            DamagedContent: Its end is missing.
        """
        if self._gzip is not None and not (self._gzip.eof or self._is_empty):
            raise DamagedContent
        return bytes(self._decoded)
