"""Answers kept for texts from outside: whoever sends them may send many, and long ones.

`functools.lru_cache` bounds their number, and keeps each text whole.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

Answer = TypeVar("Answer")

LONGEST: Final = 256
"""Characters of a name or a word that comes again and again."""


def kept(
    function: Callable[[str], Answer], most: int, longest: int = LONGEST
) -> Callable[[str], Answer]:
    """The function, with its last `most` answers; that to a longer text is worked out each time."""
    known = lru_cache(maxsize=most)(function)

    def answer(text: str) -> Answer:
        return known(text) if len(text) <= longest else function(text)

    return answer
