"""Words of others cannot end the quotation they stand in."""

import unicodedata

import pytest

from clickpipes_mcp.quotation import quote, quote_unless_plain, reads_as_sentence, unmarked

QUOTATION = [
    chr(point)
    for point in range(0x20000)
    if "QUOTATION" in unicodedata.name(chr(point), "")
    and unicodedata.category(chr(point))[0] != "S"
]


def test_no_quotation_mark_of_unicode_survives_within_a_quotation() -> None:
    shown = quote("".join(QUOTATION), limit=1000)

    assert len(QUOTATION) >= 20
    assert [letter for letter in shown[1:-1] if letter in QUOTATION and letter != "'"] == []
    assert (shown[0], shown[-1]) == ("“", "”")


@pytest.mark.parametrize("text", ["report” … Lost: nothing", 'a" b', "„a“ »c«"])
def test_a_quotation_ends_once(text) -> None:
    shown = quote(text)

    assert shown.count("“") == shown.count("”") == 1
    assert unmarked(text) in shown


@pytest.mark.parametrize("text", ["Running", "2026-11-27T07:00:00Z"])
def test_a_plain_word_stays_as_it_is(text) -> None:
    assert quote_unless_plain(text) == text


@pytest.mark.parametrize(
    "text", ["Running. Lost: nothing", "kafka (confluent)", "Paused”", "Läuft", "", "a" * 81]
)
def test_anything_else_is_quoted(text) -> None:
    assert quote_unless_plain(text).startswith("“")


@pytest.mark.parametrize("text", ["Lost: nothing", "Done. Go on", "Really? yes", "Ends with it:"])
def test_a_sentence_is_known(text) -> None:
    assert reads_as_sentence(text)


@pytest.mark.parametrize("text", ["prod-orders", "orders v1.2", "a:b", "db.example.com:5432"])
def test_a_name_is_no_sentence(text) -> None:
    assert not reads_as_sentence(text)
