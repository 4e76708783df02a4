"""A secret at rest, sealed with a key that stands elsewhere (AES-256 in Galois/Counter Mode)."""

import os
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_HEAD: Final = "clickpipes-mcp sealed 1 "
_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"clickpipes-mcp sealed text 1"


def seal_text(text: str, key: str) -> str:
    """One line that tells nothing to whoever has no key."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), _PURPOSE)
    return _HEAD + b64encode(sealed).decode()


def open_text(line: str, key: str) -> str | None:
    """What was sealed; None for anything that was not sealed with this key."""
    from cryptography.exceptions import InvalidTag  # start-up time

    if not line.startswith(_HEAD):
        return None
    try:
        sealed = b64decode(line.removeprefix(_HEAD), validate=True)
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return _cipher(key).decrypt(nonce, content, _PURPOSE).decode()
    except (ValueError, InvalidTag):
        return None


def _cipher(key: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # start-up time

    return AESGCM(sha256(_PURPOSE + b"\0" + key.encode()).digest())
