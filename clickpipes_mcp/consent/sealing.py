"""Pending questions as links that any process with the same key can read.

A link carries the whole question, encrypted and authenticated. Nothing has to be shared between
replicas but the key. What every question says anyway is the dictionary of the compression, which
keeps links short enough to be shown in a chat.
"""

import json
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from clickpipes_mcp.consent.impact import (
    CONSEQUENCES,
    ENDPOINT_DELETION,
    NAMES_CHANGED,
    SSH_KEY_DELETION,
)
from clickpipes_mcp.consent.pending import PendingQuestion

_NONCE_BYTES = 12
_MOST_BYTES = 64 * 1024
"""Of a question, unpacked."""

_FREQUENT = (
    "Running",
    "Stopped",
    "Paused",
    "Tables: public.",
    ".amazonaws.com:",
    "Delete the ClickPipe “",
    "Resync the ClickPipe “",
    "Stop the ClickPipe “",
    "” on the simulator?",
    "last changed 2026-",
    "T00:00:00Z",
    "reads ",
    "; fills default.",
    "; created 2026-",
    "id ",
    "reference ",
)
_PURPOSE = b"clickpipes-mcp pending question 1"


class QuestionSeal:
    """Seals questions into tokens, and opens them."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(sha256(_PURPOSE + b"\0" + key.encode()).digest())

    def seal(self, question: PendingQuestion) -> str:
        """A token that tells nothing to whoever has no key."""
        packer = zlib.compressobj(9, wbits=-15, zdict=_usual_words())
        # What it takes the place of is known only to the process that asked.
        told = _form().dump_json(replace(question, subject=""))
        packed = packer.compress(told) + packer.flush()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, packed, _PURPOSE)
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, token: str) -> PendingQuestion | None:
        """The question in a token; None for anything that was not sealed with this key."""
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            packed = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _PURPOSE)
            unpacker = zlib.decompressobj(wbits=-15, zdict=_usual_words())
            return _form().validate_json(unpacker.decompress(packed, _MOST_BYTES))
        except (ValueError, InvalidTag, zlib.error):
            return None


@cache
def _form() -> TypeAdapter[PendingQuestion]:
    return TypeAdapter(PendingQuestion)


@cache
def _usual_words() -> bytes:
    """Sentences that most questions hold, the commonest last."""
    known = [ENDPOINT_DELETION, NAMES_CHANGED, SSH_KEY_DELETION]
    known += [one for by_family in CONSEQUENCES.values() for one in by_family.values()]
    sentences = dict.fromkeys(
        text for one in reversed(known) for text in (*one.lost, *one.kept, one.undo)
    )
    names = ",".join(f'"{name}":' for name in PendingQuestion.__dataclass_fields__)
    words = json.dumps([*sentences, *_FREQUENT], ensure_ascii=False)
    return f"{words}{names}".encode()
