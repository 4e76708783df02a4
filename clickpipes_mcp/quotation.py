"""Words of others within sentences of ours: they cannot end the quotation they stand in."""

import re
import unicodedata
from typing import Final

from clickpipes_mcp.redaction import clean

_MARKS: Final = frozenset(
    '"`\u00b4\u02ba\u02dd\u05f4\u201a\u201e\u2033\u2036\u275d\u275e\u2760\u276e\u276f\u2e42\u3003\uff02'
    "\u300c\u300d\u300e\u300f\u301d\u301e\u301f\U0001f676\U0001f677\U0001f678"
)
"""Marks that read as quotation marks beside those that Unicode counts as such."""

_QUOTING: Final = frozenset({"Pi", "Pf"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/()@*+-]{1,255}")
_QUOTED: Final = re.compile(r"“([^“”]*+)”")
_SENTENCE: Final = re.compile(r"[.:;!?\u2026\u3002\uff01\uff1a\uff1b\uff1f]\s")


def unmarked(text: str) -> str:
    """The text with an apostrophe in the place of every quotation mark."""
    return "".join("'" if _is_mark(letter) else letter for letter in text)


def _is_mark(letter: str) -> bool:
    return letter in _MARKS or unicodedata.category(letter) in _QUOTING


def quote(text: str, limit: int = 80) -> str:
    """One line of somebody else's text, in quotation marks that it cannot close."""
    return f"“{unmarked(clean(text, limit=limit))}”"


def quote_unless_plain(text: str, limit: int = 80) -> str:
    """A word as it is; anything that may read as words of ours in quotation marks."""
    shown = clean(text, limit=limit)
    return shown if _PLAIN.fullmatch(shown) else quote(shown, limit=limit)


def quotes_sentence(text: str) -> bool:
    """Whether something within quotation marks of ours may be taken for a sentence."""
    return any(reads_as_sentence(quoted) for quoted in _QUOTED.findall(text))


def reads_as_sentence(text: str) -> bool:
    """Whether a part of a text may be taken for a sentence, or for the label of a line."""
    return _SENTENCE.search(f"{text} ") is not None
