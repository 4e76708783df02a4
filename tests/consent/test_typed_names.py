"""A typed name is compared letter by letter, and what differs is told."""

import pytest

from clickpipes_mcp.consent import flaw_in, mixed_letters

FLAWS = {
    ("orders", "orders"): "",
    (" orders\n", "orders"): "",
    ("", "orders"): "Type the name to go ahead.",
    ("Orders", "orders"): "The name differs in upper and lower case.",
    ("order", "orders"): "This is not the name.",
    ("ordets", "orders"): "This is not the name.",
    ("\u043erders", "orders"): "CYRILLIC SMALL LETTER O, the name has LATIN SMALL LETTER O",
    ("orders", "\u043erders"): "LATIN SMALL LETTER O, the name has CYRILLIC SMALL LETTER O",
    ("o\u0280ders", "orders"): "LATIN LETTER SMALL CAPITAL R",
    ("ord\u200bers", "orders"): "“\u200b” is ZERO WIDTH SPACE",
    ("0rders", "orders"): "DIGIT ZERO, the name has LATIN SMALL LETTER O",
}


@pytest.mark.parametrize(("typed", "name"), FLAWS, ids=repr)
def test_only_the_exact_name_has_no_flaw(typed, name) -> None:
    expected = FLAWS[typed, name]

    found = flaw_in(typed, name)

    assert bool(found) == bool(expected)
    assert expected in found


@pytest.mark.parametrize("name", ["orders", "größe", "заказы", "订单", "orders-1"])
def test_a_name_of_one_alphabet_is_not_warned_about(name) -> None:
    assert mixed_letters(name) == ""


def test_a_name_of_two_alphabets_is() -> None:
    assert "“\u043e” (CYRILLIC SMALL LETTER O)" in mixed_letters("\u043erders")
