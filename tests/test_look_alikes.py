"""Which names a reader takes for one another."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.look_alikes import _foreign, matches_look, skeleton

ALIKE = {
    "another case": "PROD-Orders",
    "Cyrillic letters": "\u0440r\u043ed-orders",
    "Greek capitals": "\u03a1R\u039fD-orders",
    "full width": "\uff50\uff52\uff4f\uff44-orders",
    "mathematical letters": "\U0001d4f9\U0001d4fb\U0001d4f8\U0001d4ed-orders",
    "small capitals": "p\u0280od-orders",
    "accents": "pr\u00f6d-orders",
    "strokes": "pr\u00f8d-orders",
    "loose accents": "pro\u0301d-orders",
    "an invisible character": "pro\u200bd-orders",
    "a direction": "\u202eprod-orders",
    "a variation selector": "prod\ufe0f-orders",
    "digits": "pr0d-orders",
    "a dash": "prod\u2013orders",
    "a minus": "prod\u2212orders",
    "blanks": "  prod -orders\t",
}
OTHERS = ["staging-orders", "pro-orders", "my-prod-orders", "prod", "", "\u043f\u0440\u043e\u0434"]


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_what_looks_like_a_name_of_the_pattern_matches(name) -> None:
    assert matches_look("prod-*", name)
    assert matches_look("PROD-order?", name)


@pytest.mark.parametrize("name", OTHERS)
def test_what_looks_different_does_not(name) -> None:
    assert not matches_look("prod-*", name)


@pytest.mark.parametrize(
    "name",
    ["shard-m", "shard-W", "shard-7", "shard-\u043c", "\u0455hard-w", "shard-\u00e9", "shard--"],
)
def test_a_question_mark_is_one_character_whatever_it_looks_like(name) -> None:
    assert matches_look("shard-?", name)
    assert matches_look("*-?", name)


@pytest.mark.parametrize("name", ["prod orders", "prod-orders", "prod\u2003orders"])
def test_a_question_mark_is_a_blank_as_well(name) -> None:
    assert matches_look("prod?orders", name)


@pytest.mark.parametrize("name", ["shard-10", "shard-rn", "shard-"])
def test_a_question_mark_is_not_two_characters_nor_none(name) -> None:
    assert not matches_look("shard-?", name)


def test_brackets_are_no_wildcards() -> None:
    assert matches_look("[a]*", "[a] pipe")
    assert not matches_look("[a]*", "a pipe")


def test_every_letter_of_the_table_stands_for_an_ascii_one_as_it_is_looked_up() -> None:
    for foreign, letter in _foreign().items():
        assert skeleton(foreign) == skeleton(letter), (hex(ord(foreign)), letter)


@given(st.text(max_size=40))
def test_a_name_looks_like_itself_however_it_is_written(name) -> None:
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert all(skeleton(form) == skeleton(name) for form in forms)
    assert skeleton(skeleton(name)) == skeleton(name)
