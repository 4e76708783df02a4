"""Numbers and their nouns, and that no sentence puts a plural behind the length of a list."""

import re
from pathlib import Path

import pytest

import clickpipes_mcp
from clickpipes_mcp.counting import counted

_OF_ANY_NUMBER = re.compile(r"\{len\([^{}]*\)(?::,)?\}(?:\{\w+\})? (?:\w+ ){0,2}?\w+(?<!byte)s\b")
_OF_SEVERAL = ("that description", "have that name", "rendered", "in {len(SOURCES)} places")
"""Sentences that are said of several alone."""


def test_a_noun_fits_its_number() -> None:
    told = [counted(number, "row") for number in (0, 1, 2, 1_200)]
    assert told == ["0 rows", "1 row", "2 rows", "1,200 rows"]
    assert counted(1, "table was", "tables were") == "1 table was"
    assert counted(2, "table was", "tables were") == "2 tables were"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('f"{len(rows)} rows"', True),
        ('f"{len(rows):,}{more} of the rows"', True),
        ('f"{len(found(rows)[:3])} rows were read"', True),
        ('f"{len(told)} bytes"', False),
        ("f\"{counted(len(rows), 'row')}\"", False),
    ],
)
def test_a_plural_behind_a_length_is_found(line: str, is_found: bool) -> None:
    assert bool(_OF_ANY_NUMBER.search(line)) == is_found


def test_no_sentence_has_a_plural_behind_a_length_that_may_be_one() -> None:
    found = {
        f"{path.name}: {line.strip()}": {words for words in _OF_SEVERAL if words in line}
        for path in Path(clickpipes_mcp.__file__).parent.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if _OF_ANY_NUMBER.search(line)
    }
    assert [line for line, exempt in found.items() if not exempt] == []
    assert set().union(*found.values()) == set(_OF_SEVERAL)
