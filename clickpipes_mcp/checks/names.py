"""Names from a source, as they may stand in a statement or a sentence of this server."""

import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_QUOTED: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ $-]{0,62}", re.ASCII)
_MOST: Final = 5


def identifier(name: str, quote: str = '"') -> str:
    """A name in a statement; a place to fill in where it is none that people usually give."""
    if _PLAIN.fullmatch(name):
        return name
    return f"{quote}{name}{quote}" if _QUOTED.fullmatch(name) else "<its name>"


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    found = list(names)
    more = len(found) - _MOST
    return ", ".join(found[:_MOST]) + (f" and {more} more" if more > 0 else "")
