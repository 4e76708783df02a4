"""Certificates and keys as PEM text, as far as a damaged one can be told from a whole one."""

import base64
import binascii
import re
from typing import Final

_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")
_END: Final = re.compile(r"-----END [A-Z0-9 ]+-----")
_HEADER: Final = re.compile(r"^[A-Za-z-]+: .*$", re.MULTILINE)
_SEQUENCE: Final = 0x30
"""What the DER of every certificate and key begins with."""

_PLACEHOLDER: Final = 64
"""Up to one line of base64: documented examples are that short, and no certificate is."""


def is_damaged(text: str) -> bool:
    """Whether a PEM text is no base64, or holds no certificate or key and is no placeholder.

    A text without a BEGIN line is no PEM, which is another question.
    """
    return any(_is_no_der(block) for block in _BEGIN.split(text)[1:])


def _is_no_der(block: str) -> bool:
    content = "".join(_HEADER.sub("", _END.split(block)[0]).split())
    try:
        octets = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return True
    is_encrypted = _HEADER.search(block) is not None  # in the old form, which is no DER
    return len(content) > _PLACEHOLDER and not is_encrypted and not _is_whole_sequence(octets)


def _is_whole_sequence(octets: bytes) -> bool:
    """Whether the outermost element is a sequence that ends where the octets end."""
    if len(octets) < 2 or octets[0] != _SEQUENCE:
        return False
    first = octets[1]
    if first < 0x80:
        return len(octets) == 2 + first
    size = first & 0x7F
    return len(octets) == 2 + size + int.from_bytes(octets[2 : 2 + size], "big")
