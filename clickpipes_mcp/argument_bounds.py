"""What no argument may be, whatever it is for: what cannot be sent, and more than anybody means.

Checked before anything else looks at the arguments, so that nothing after it has to.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from clickpipes_mcp.contract import FieldPath

MOST_DEPTH = 32
"""Objects and arrays within each other; the deepest documented request has eight."""

MOST_VALUES = 20_000
"""Of all kinds together; two thousand tables with three names each have 8,000."""

MOST_CHARACTERS = 1024 * 1024
"""All text of a call together, names included; as much as a request over HTTP may hold."""

_MOST_FLAWS = 20
_LARGEST_NUMBER = 2**63 - 1
_ROOT: FieldPath = ()

Flaw = tuple[FieldPath, str, str]
"""Where, what is wrong, and the fix."""

_TOO_MUCH = "Make several calls, each with a part of it."
_HALF_A_CHARACTER: Flaw = (
    _ROOT,
    "holds half of a character (a lone surrogate), which cannot be sent",
    "Write the whole character, or leave it out.",
)
_NUL: Flaw = (_ROOT, "holds a NUL character, which cannot be sent", "Leave the character out.")
_TOO_DEEP: Flaw = (
    _ROOT,
    f"holds objects or arrays more than {MOST_DEPTH} deep",
    "Give it in the documented form.",
)
_NOT_FINITE: Flaw = (_ROOT, "must be a finite number", "Give a number, or leave it out.")
_TOO_LARGE: Flaw = (_ROOT, "is too large a number", "Give a number of at most 63 bits.")


@dataclass(frozen=True, slots=True)
class _Place:
    """A step and what it starts from; whole paths would cost as much as they are deep."""

    step: str | int
    parent: "_Place | None"
    depth: int

    @property
    def path(self) -> FieldPath:
        steps: list[str | int] = []
        place: _Place | None = self
        while place is not None:
            steps.append(place.step)
            place = place.parent
        return tuple(reversed(steps))


class Bounds:
    """Of one call, whose values are counted together wherever they stand, in text of JSON too."""

    def __init__(self) -> None:
        self._values = 0
        self._characters = 0
        self._to_do: list[tuple[_Place | None, object]] = []

    def find_flaws(self, arguments: object) -> tuple[Flaw, ...]:
        """What is wrong with all arguments, or with a part of them; the first few."""
        self._characters, self._to_do = 0, [(None, arguments)]
        return tuple(islice(self._found(), _MOST_FLAWS))

    def _found(self) -> Iterator[Flaw]:
        """Without recursion: how deep it goes is what is looked at."""
        while self._to_do:
            place, value = self._to_do.pop()
            path = place.path if place else _ROOT
            if place and place.depth > MOST_DEPTH:
                yield (path[:1], *_TOO_DEEP[1:])
            elif isinstance(value, dict):
                yield from ((path, *flaw[1:]) for name in value if (flaw := self._text(name)))
                yield from self._items(place, value.items())
            elif isinstance(value, list):
                yield from self._items(place, enumerate(value))
            if self._values > MOST_VALUES:
                yield _ROOT, f"the arguments hold more than {MOST_VALUES:,} values", _TOO_MUCH
                return
            if self._characters > MOST_CHARACTERS:
                told = f"the arguments hold more than {MOST_CHARACTERS:,} characters"
                yield _ROOT, told, _TOO_MUCH
                return

    def _items(
        self, parent: _Place | None, items: Iterable[tuple[str | int, object]]
    ) -> Iterator[Flaw]:
        depth = parent.depth + 1 if parent else 1
        for step, item in islice(items, MOST_VALUES + 1):
            self._values += 1
            if isinstance(item, dict | list):
                self._to_do.append((_Place(step, parent, depth), item))
            elif flaw := self._scalar(item):
                yield (_Place(step, parent, depth).path, *flaw[1:])

    def _scalar(self, value: object) -> Flaw | None:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, float) and not math.isfinite(value):
            return _NOT_FINITE
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            return _TOO_LARGE
        return None

    def _text(self, text: str) -> Flaw | None:
        self._characters += len(text)
        if not _is_encodable(text):
            return _HALF_A_CHARACTER
        return _NUL if "\0" in text else None


def _is_encodable(text: str) -> bool:
    """Whether text can be written in UTF-8; half of a surrogate pair cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
