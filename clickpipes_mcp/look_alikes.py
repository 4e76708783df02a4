"""Names that a reader takes for one another: case, width, accents, foreign letters."""

import json
import unicodedata
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

from clickpipes_mcp.redaction import drop_invisible

_MARKS: Final = ("Mn", "Me")
_BESIDE: Final = Path(__file__).with_name("look_alikes.json")
_ALIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "m": "rn", "w": "vv"}
    | dict.fromkeys("\u2043\u02d7\u2212\u2796\u2cba", "-")
)
"""What looks alike within ASCII, and the signs that look like a hyphen and are no dash.

Source: Unicode Technical Standard 39, confusables.txt.
"""


def matches_look(pattern: str, name: str) -> bool:
    """Whether a name is one of a pattern, or would be taken for one; `*` and `?` are wildcards.

    What one character looks like may be two, or none, so that `?` stands for one as it is written.
    """
    if fnmatchcase(drop_invisible(name).casefold(), _plain_brackets(pattern.casefold())):
        return True
    may_be_as_long = "*" in pattern or _width(name) == _width(pattern)
    loose = _plain_brackets(skeleton(pattern)).replace("?", "*")
    return may_be_as_long and fnmatchcase(skeleton(name), loose)


def _plain_brackets(pattern: str) -> str:
    return pattern.replace("[", "[[]")


def _width(text: str) -> int:
    """How many characters of a text leave ink, a letter with its accents being one."""
    decomposed = unicodedata.normalize("NFKD", drop_invisible(text))
    return sum(not one.isspace() and unicodedata.category(one) not in _MARKS for one in decomposed)


def skeleton(text: str) -> str:
    """What is left of a text once all that looks the same is the same. Never to be shown."""
    decomposed = unicodedata.normalize("NFKD", drop_invisible(text))
    letters = "".join(map(_plain, decomposed)).casefold()
    return "".join(unicodedata.normalize("NFKD", letters).translate(_ALIKE).split())


def _plain(character: str) -> str:
    """The ASCII character that one looks like, where it does; nothing for a mark on a letter."""
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category in _MARKS:
        return ""
    if category == "Pd":
        return "-"
    known = _foreign().get(character) or _latin(character)
    return known or str(unicodedata.digit(character, character))


def _latin(character: str) -> str:
    """The letter that a variant of it shows: a small capital, a letter with a stroke or a hook."""
    script, *words = unicodedata.name(character, "-").split()
    if script != "LATIN" or "LETTER" not in words:
        return ""
    shown = words[words.index("LETTER") + 1 :]
    shown = shown[2:] if shown[:2] == ["SMALL", "CAPITAL"] else shown
    is_variant = len(shown) == 1 or shown[1:2] == ["WITH"]
    return shown[0].lower() if is_variant and len(shown[0]) == 1 else ""


@cache
def _foreign() -> dict[str, str]:
    """Letters of other scripts, each with the letter it looks like."""
    found: dict[str, dict[str, str]] = json.loads(_BESIDE.read_text(encoding="utf-8"))
    return {alike: letter for letter, all_alike in found["letters"].items() for alike in all_alike}
