"""Given secrets found in a text, in every spelling in which an echo of them may arrive."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

_SHORT = 6
"""Known secrets below this length are found as whole words only, or they would be in all prose."""

UNMISTAKABLE = 12
"""From this length on a known secret does not stand in data by chance."""

_MOST_LINES = 200
"""Lines of one secret that are looked for anywhere, where they are no plain run of base64."""

_PLAIN_LINE = re.compile(r"[A-Za-z0-9+/_-]{12,}+={0,2}")
_RUN = re.compile(r"\\[nrt]|(?P<run>[A-Za-z0-9+/_-]{12,}+={0,2})")
"""A run of base64, without the letter of an escaped line break before it."""

_ESCAPE = b"\\"
_HIDING = (_ESCAPE + b"u", _ESCAPE + b"/")
"""Octets of a JSON document in which a text may stand otherwise than `json.dumps` writes it."""

Span = tuple[int, int]


class KnownValues:
    """Finds values one by one, each in a time that grows with the text alone.

    A pattern of all of them would compare each at every place.
    """

    def __init__(self, values: Iterable[str]) -> None:
        known = [value for value in values if value.strip()]
        self._forms = frozenset(form for value in known for form in _forms(value))
        self._lines = frozenset(line for value in known for line in _lines(value))
        self._written = {form for value in self._forms for form in (value, _in_json(value))}
        self._longest = max(map(len, (*self._forms, *self._lines)), default=0)

    def mask(self, text: str, mask: str, most: int | None = None) -> str:
        """The text with the mask in place of every value.

        Of a longer text `most` characters are kept, and what begins among them to its end.
        """
        end = len(text) if most is None else min(most, len(text))
        parts: list[str] = []
        done = 0
        for begin, stop in sorted(self._spans(text[: end + self._longest])):
            if begin >= end:
                break
            if begin >= done:
                parts += (text[done:begin], mask)
            done = max(done, stop)
        return "".join((*parts, text[done:end]))

    def may_stand_in(self, document: bytes) -> bool:
        """Whether a text of this JSON document may hold a value; False is certain.

        Looked for is what the values are in JSON, where every character is written in one way:
        an escape that stands for a plain one, or another encoding, may hide anything.
        """
        if b"\0" in document:
            return True
        if _ESCAPE in document and any(hidden in document for hidden in _HIDING):
            return True
        text = document.decode(errors="replace")
        return any(form in text for form in (*self._written, *self._lines))

    def _spans(self, text: str) -> Iterator[Span]:
        for form in self._forms:
            yield from _occurrences(form, text)
        if self._lines:
            for run in _RUN.finditer(text):
                if run["run"] in self._lines:
                    yield run.span("run")


def _occurrences(form: str, text: str) -> Iterator[Span]:
    begin = text.find(form)
    while begin != -1:
        end = begin + len(form)
        if len(form) >= _SHORT or _is_word(text, begin, end):
            yield begin, end
            begin = text.find(form, end)
        else:
            begin = text.find(form, begin + 1)


def _is_word(text: str, begin: int, end: int) -> bool:
    return not (_is_letter(text[max(begin - 1, 0) : begin]) or _is_letter(text[end : end + 1]))


def _is_letter(text: str) -> bool:
    return text.isalnum() or text == "_"


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _forms(value: str) -> Iterator[str]:
    yield value
    yield value.strip()
    yield json.dumps(value)[1:-1]
    yield _in_json(value)
    yield repr(value)[1:-1]
    octets = value.encode(errors="surrogatepass")
    yield quote(octets, safe="")
    yield quote_plus(octets)
    for encoded in (base64.b64encode(octets), base64.urlsafe_b64encode(octets)):
        yield encoded.decode()
        yield encoded.decode().rstrip("=")
    other = [line for line in _long_lines(value) if not _PLAIN_LINE.fullmatch(line)]
    yield from other[:_MOST_LINES]


def _lines(value: str) -> Iterator[str]:
    """Keys and certificates of several lines are often quoted one line at a time."""
    return (line for line in _long_lines(value) if _PLAIN_LINE.fullmatch(line))


def _long_lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.splitlines()]
    return [line for line in lines if len(line) >= UNMISTAKABLE] if len(lines) > 1 else []
