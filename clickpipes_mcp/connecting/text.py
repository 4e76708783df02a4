"""What all formats of files share: what they refuse, and how their lines are laid out."""

import re
from collections.abc import Mapping

_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)


class NotEditable(Exception):
    """A file that is left alone; the text tells why and goes on after the file's name."""


def line_break(text: str) -> str:
    """How a text ends its lines."""
    return "\r\n" if "\r\n" in text else "\n"


def indentation(text: str) -> str:
    """By how much a text indents: what its first indented line begins with."""
    found = _INDENTED.search(text)
    return found[1] if found else "  "


def is_same(held: object, wanted: object) -> bool:
    """Whether an entry holds all that is wanted; what a person added beside it stays."""
    if isinstance(held, Mapping) and isinstance(wanted, Mapping):
        return all(name in held and is_same(held[name], value) for name, value in wanted.items())
    return held == wanted


def merged(held: object, wanted: Mapping[str, object]) -> dict[str, object]:
    """An entry with what is wanted put in; a person's own additions, such as `env`, stay."""
    return {**held, **wanted} if isinstance(held, Mapping) else dict(wanted)
