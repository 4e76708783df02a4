"""Whether the name a person typed is the name, letter for letter."""

import unicodedata
from typing import Final

from clickpipes_mcp.look_alikes import skeleton
from clickpipes_mcp.quotation import unmarked

_MOST_SHOWN: Final = 3


def flaw_in(typed: str, name: str) -> str:
    """What is wrong with a typed name, as a sentence; empty where it is the name.

    Quotation marks may be typed as they are, or as they are shown, which is as apostrophes.
    A name that only looks the same is refused, and the letter that differs is told.
    """
    given, wanted = (unmarked(text.strip()) for text in (typed, name))
    if given == wanted:
        return ""
    if not given:
        return "Type the name to go ahead."
    if given.casefold() == wanted.casefold():
        return "The name differs in upper and lower case."
    if skeleton(given) == skeleton(wanted):
        pairs = zip(given, wanted, strict=False)
        told = "; ".join(
            f"“{one}” is {_called(one)}, the name has {_called(other)}"
            for one, other in [pair for pair in pairs if pair[0] != pair[1]][:_MOST_SHOWN]
        )
        return f"This only looks like the name{': ' if told else ''}{told}."
    return "This is not the name."


def mixed_letters(name: str) -> str:
    """A warning about a name that mixes alphabets and so may look like another; else empty."""
    letters = [letter for letter in name if letter.isalpha()]
    foreign = list(dict.fromkeys(letter for letter in letters if _is_foreign(letter)))
    if not foreign or all(_is_foreign(letter) for letter in letters):
        return ""
    told = ", ".join(f"“{letter}” ({_called(letter)})" for letter in foreign[:_MOST_SHOWN])
    return f"Look closely: this name mixes alphabets. It has {told}."


def _is_foreign(letter: str) -> bool:
    return not letter.isascii() and not _called(letter).startswith("LATIN ")


def _called(letter: str) -> str:
    return unicodedata.name(letter, "a character without a name")
