from clickpipes_mcp.contract import Request
from clickpipes_mcp.rule_words import ABSENT, RuleBook, needs


class Part(Request):
    size: int | None = None
    name: str | None = None


class Whole(Request):
    part: Part
    note: str | None = None


BOOK = RuleBook("part.", {"size": 1}, "https://example.com")


def test_a_rule_takes_from_its_book_what_it_does_not_say():
    rule = BOOK.rule("size", "A part has a size.", needs("size"), broken={"size": ABSENT})
    assert (rule.id, rule.documentation, rule.effect) == ("part.size", BOOK.documentation, "refuse")
    assert (rule.broken, rule.kept) == ({}, {"size": 1})


def test_what_a_rule_says_itself_wins():
    rule = BOOK.rule(
        "name",
        "A part has a name.",
        needs("name"),
        broken={},
        kept={"name": "x"},
        documentation="https://example.org",
        effect="warn",
    )
    assert (rule.documentation, rule.effect, rule.kept) == (
        "https://example.org",
        "warn",
        {"size": 1, "name": "x"},
    )


def test_examples_differ_at_the_place_of_the_book():
    book = RuleBook("whole.", {"part": {"size": 1}}, "https://example.com", at="part.")
    rule = book.rule("name", "A part has no name.", needs("part.size"), broken={"name": "x"})
    assert rule.broken == {"part": {"size": 1, "name": "x"}}
    elsewhere = book.family("note.", at="").rule("any", "S.", needs("note"), broken={"note": "y"})
    assert (elsewhere.id, elsewhere.broken) == ("note.any", {"part": {"size": 1}, "note": "y"})


def test_a_rule_of_a_part_reports_below_its_name():
    inner = BOOK.rule("size", "A part has a size.", needs("size"), broken={"size": ABSENT})
    (outer,) = RuleBook("whole.", {"note": "x"}, "https://example.com").within("part", (inner,))
    assert outer.id == inner.id
    assert outer.kept == {"note": "x", "part": {"size": 1}}
    found = outer.check(Whole.model_validate(outer.broken))
    assert [violation.path for violation in found] == [("part", "size")]
