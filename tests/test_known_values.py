"""Known secrets are found in every spelling, each in a time that grows with the text alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.known_values import KnownValues

KEY = "\n".join(["-----BEGIN X-----", *(f"{index:04}abcdEFGH+/" * 4 for index in range(50))])


@pytest.mark.parametrize(
    ("values", "text", "masked"),
    [
        ([], "text", "text"),
        (["  "], "a  b", "a  b"),
        (["secret"], "a secret, secrets", "a #, #s"),
        (["abc"], "abc abcd xabc -abc-", "# abcd xabc -#-"),
        (["inner-value", "the-inner-value-of"], "the-inner-value-of", "#"),
        (["first-part", "part-second"], "first-part-second", "#"),
        (["päss/wörd"], "p%C3%A4ss%2Fw%C3%B6rd p\\u00e4ss/w\\u00f6rd", "# #"),
        ([KEY], f"line {KEY.splitlines()[3]}.", "line #."),
        ([KEY], f"one\\n{KEY.splitlines()[3]}\\ntwo", "one\\n#\\ntwo"),
        (["one line\nand another, longer"], "bad: and another, longer", "bad: #"),
    ],
)
def test_values_are_masked(values, text, masked) -> None:
    assert KnownValues(values).mask(text, "#") == masked


def test_a_value_that_the_cut_goes_through_is_masked_whole() -> None:
    known = KnownValues(["long-secret-value"])
    assert known.mask("x" * 10 + "long-secret-value and more", "#", most=14) == "x" * 10 + "#"
    assert known.mask("x" * 10 + "long-secret-value and more", "#", most=10) == "x" * 10
    assert known.mask("short", "#", most=100) == "short"


@given(secret=st.text(min_size=6), before=st.text(), after=st.text(), most=st.integers(0, 60))
def test_no_cut_leaves_a_part_of_a_value(secret, before, after, most) -> None:
    masked = KnownValues([secret]).mask(f"{before}{secret}{after}", "\0#\0", most=most)
    if secret.strip() and secret not in before + after:
        assert secret not in masked.replace("\0#\0", "")
        assert len(masked.replace("\0#\0", "")) <= most


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("a" * 50_000 + "b", "a" * 1_000_000),
        ("ab" * 20_000 + "c", "ab" * 500_000),
        ("abc", "abc" * 300_000),
        ("\n".join("x" * 12 + str(index) for index in range(30_000)), "x" * 1_000_000),
        ("\n".join(f"line {index} of words" for index in range(30_000)), "line 1 of w" * 100_000),
    ],
    ids=range(5),
)
def test_no_secret_makes_a_text_slow_to_search(secret, text) -> None:
    known = KnownValues([secret])
    began = time.thread_time()
    known.mask(text, "#")
    assert time.thread_time() - began < 5
