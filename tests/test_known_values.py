"""Known secrets are found in every spelling, each in a time that grows with the text alone."""

import json
import time
from urllib.parse import quote

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


@given(
    secret=st.text(min_size=6).filter(str.strip),
    around=st.tuples(st.text(), st.text()),
    spelled=st.sampled_from([str, json.dumps, repr, quote, KEY.join]),
    ascii_only=st.booleans(),
)
def test_no_document_hides_a_value_from_who_asks_first(secret, around, spelled, ascii_only) -> None:
    known = KnownValues([secret, KEY])
    text = f"{around[0]}{spelled(secret)}{around[1]}"
    document = json.dumps({"text": [text]}, ensure_ascii=ascii_only)
    if known.mask(text, "\0#\0") != text:
        assert known.may_stand_in(document.encode(errors="surrogatepass"))


@pytest.mark.parametrize(
    "octets", [b'"p\\u0061ss-word-of-mine"', b'"\\/"', "secret".encode("utf-16")]
)
def test_a_document_that_may_hide_a_value_is_looked_through(octets) -> None:
    assert KnownValues(["pass-word-of-mine"]).may_stand_in(octets)


def test_a_document_without_any_is_not_looked_through() -> None:
    assert not KnownValues(["pass-word-of-mine", KEY]).may_stand_in(b'{"a":"b\\n\\"c"}')


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
