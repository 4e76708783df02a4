"""The texts of an answer: fit to be shown where a field is read, as they arrived in its truth.

What is compared with words of ours, or names a thing in a request, is a word: one that had to be
cleaned bears a mark, so that it passes for no other.
"""

from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo

from clickpipes_mcp.contract import AS_SENT, Answer
from clickpipes_mcp.redaction import ALTERED, clean, is_plain_word, strip_invisible

_LONGEST_TEXT: Final = 2_000
_LOOKED_AT: Final = 8_000
"""What begins among the first characters that are shown, such as a login, ends within these."""

_LONGEST_WORD: Final = 255
_LONGEST_KEY: Final = 3_000
_MOST_TEXTS: Final = 1_000


def is_truth(info: ValidationInfo) -> bool:
    """Whether texts are to be kept as they arrived."""
    return info.context == AS_SENT


def show_text(text: str) -> str:
    """A text on one line, without what cannot be seen or looks like a secret, cut where long."""
    if is_plain_word(text):
        return text
    return clean(text[:_LOOKED_AT], limit=_LONGEST_TEXT)


def show_word(text: str) -> str:
    """A word, with a mark where it is not shown as it arrived."""
    if is_plain_word(text):
        return text
    shown = clean(text[:_LOOKED_AT], limit=_LONGEST_WORD)
    return text if shown == text else f"{shown}{ALTERED}"


def plain(value: object) -> str:
    """A text as it arrived; of what is none, how it would be written.

    Halves of characters, which no encoding knows, are written as escapes.
    """
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isascii():
        return text
    written = text.encode(errors="backslashreplace").decode()
    return text if written == text else f"{written}{ALTERED}"


def _text(value: object, info: ValidationInfo) -> str:
    return plain(value) if is_truth(info) else show_text(plain(value))


def _word(value: object, info: ValidationInfo) -> str:
    return plain(value) if is_truth(info) else show_word(plain(value))


def _identifier(value: object, info: ValidationInfo) -> object:
    return _word(value, info) if isinstance(value, str) else value


def _request_id(value: object, info: ValidationInfo) -> str | None:
    return _word(value, info) or None


def _public_key(value: object, info: ValidationInfo) -> str:
    text = plain(value)
    # Nothing in it is masked: it is no secret. One that is not plain is none.
    is_plain = len(text) <= _LONGEST_KEY and strip_invisible(text) == text.strip()
    return text if is_plain or is_truth(info) else ""


def _words(value: object, info: ValidationInfo) -> list[str]:
    items = value if isinstance(value, list | tuple) else []
    texts = [plain(item) for item in items if isinstance(item, str) and item]
    return texts if is_truth(info) else [show_word(text) for text in texts[:_MOST_TEXTS]]


def _texts_by_word(value: object, info: ValidationInfo) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        _word(key, info): _text(item, info)
        for key, item in list(value.items())[:_MOST_TEXTS]
        if item is not None
    }


def objects(value: object) -> list[object]:
    """The objects of a list; nothing where it is none."""
    items = value if isinstance(value, list | tuple) else []
    return [item for item in items if isinstance(item, dict | Answer)]


Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
"""Anything in words: a name, a description, a message."""

Word: TypeAlias = Annotated[str, BeforeValidator(_word)]
"""A state, a type, an id of somebody else's, the name of a host."""

Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_words)]
TextsByWord: TypeAlias = Annotated[dict[str, str], BeforeValidator(_texts_by_word)]
PublicKey: TypeAlias = Annotated[str, BeforeValidator(_public_key)]
Identifier: TypeAlias = Annotated[str, Field(min_length=1), BeforeValidator(_identifier)]
"""What a request about the thing is addressed with."""

RequestId: TypeAlias = Annotated[str | None, BeforeValidator(_request_id)]
