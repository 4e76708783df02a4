"""Which files can hold tests of a marker, as far as their text tells before they are imported."""

import re
from functools import cache
from pathlib import Path

from _pytest.mark.expression import Expression

TESTS = Path(__file__).parent
_USE = re.compile(r"\bpytest\.mark\.(\w+)")
_IMPORT = re.compile(r"(?m)^from tests\b[\w.]* import (?:\([^)]*\)|.*)")


def is_held(chosen: str, path: Path) -> bool:
    """Whether a file may hold tests that an expression of markers chooses.

    Tests without a marker are in every file. A marker stands in the file itself, or in a module
    without tests that the file imports.
    """
    takes_unmarked = Expression.compile(chosen).evaluate(lambda _, **__: False)
    return takes_unmarked or any(name in chosen for name in held_by(path))


def held_by(path: Path) -> set[str]:
    """The markers that a file uses, and those of the modules that it imports."""
    text = path.read_text(encoding="utf-8")
    taken = _imported_in(text)
    return _used_in(text).union(*(names for stem, names in lent().items() if stem in taken))


@cache
def lent() -> dict[str, set[str]]:
    """The markers of every module that holds no tests itself, by its name."""
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in TESTS.rglob("*.py")
        if not path.name.startswith(("test_", "conftest"))
    }
    lent = {stem: used for stem, text in texts.items() if (used := _used_in(text))}
    for _ in texts:
        through = {
            stem: names
            for other, names in lent.items()
            for stem, text in texts.items()
            if stem not in lent and other in _imported_in(text)
        }
        if not through:
            break
        lent |= through
    return lent


def _used_in(text: str) -> set[str]:
    return set(_USE.findall(text))


def _imported_in(text: str) -> set[str]:
    """Every name in an import of what is ours, the modules among them."""
    return {word for line in _IMPORT.findall(text) for word in re.findall(r"\w+", line)}
