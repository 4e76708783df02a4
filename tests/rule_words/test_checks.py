from dataclasses import dataclass, field

import pytest

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.rule_words.checks import (
    ABSENT,
    allows,
    allows_by,
    altered,
    at_most_one,
    avoids,
    each,
    either,
    equal,
    every,
    forbids,
    given,
    is_true,
    matches,
    needs,
    needs_any,
    nested,
    reject,
    rule,
    satisfies,
    together,
    unique,
)


@dataclass
class Item:
    name: str | None = None
    note: str | None = None


@dataclass
class Thing:
    kind: str | None = None
    one: str | None = None
    two: str | None = None
    flag: bool | None = None
    inner: "Thing | None" = None
    items: list[Item] = field(default_factory=list)


def paths(check, thing) -> list[tuple]:
    return [violation.path for violation in check(thing)]


@pytest.mark.parametrize("value", [None, "", []])
def test_a_needed_field_that_is_unset_or_blank_is_missing(value):
    assert paths(needs("one"), Thing(one=value)) == [("one",)]


def test_every_missing_field_is_reported():
    assert paths(needs("one", "inner.two"), Thing()) == [("one",), ("inner", "two")]


def test_a_need_applies_only_under_its_condition():
    check = needs("one", when=equal("kind", "a", "b"))
    assert (paths(check, Thing(kind="b")), paths(check, Thing(kind="c"))) == ([("one",)], [])


def test_a_forbidden_field_is_reported_with_its_condition():
    (found,) = forbids("one", when=is_true("flag"))(Thing(one="x", flag=True))
    assert found == Violation(
        ("one",), "one does not apply when flag is true.", fix="Leave one out."
    )


def test_one_of_several_is_enough():
    check = needs_any("one", "two")
    assert (paths(check, Thing(two="x")), paths(check, Thing())) == ([], [("one",)])


def test_fields_that_exclude_each_other_are_reported_at_the_second():
    assert paths(at_most_one("one", "two"), Thing(one="x", two="y")) == [("two",)]


def test_fields_that_go_together_are_all_given_or_none():
    check = together("one", "two")
    assert [paths(check, thing) for thing in (Thing(), Thing(one="x"), Thing("k", "x", "y"))] == [
        [],
        [("two",)],
        [],
    ]


def test_a_value_outside_the_allowed_ones_names_them():
    (found,) = allows("kind", "a", "b")(Thing(kind="c"))
    assert (found.path, found.allowed) == (("kind",), ("a", "b"))


def test_what_is_allowed_depends_on_another_field():
    check = allows_by("one", "kind", {"a": ("x",)})
    found = [paths(check, Thing(kind=kind, one="y")) for kind in ("a", "unknown")]
    assert found == [[("one",)], []]


def test_a_pattern_is_asked_of_given_text_only():
    check = every(matches("one", r"^x", message="m"), avoids("two", r"y", message="m"))
    found = [paths(check, thing) for thing in (Thing(), Thing(one="a", two="y"))]
    assert found == [[], [("one",), ("two",)]]


def test_a_list_item_is_reported_by_its_number():
    check = each("items[]", needs("note", when=given("name")))
    things = Thing(items=[Item(), Item(name="x")])
    assert paths(check, things) == [("items", 1, "note")]


def test_an_object_that_is_unset_breaks_no_inner_rule():
    assert paths(each("inner", needs("one")), Thing()) == []


def test_repeated_items_are_reported_at_the_repetition():
    things = Thing(items=[Item("a"), Item("b"), Item("a")])
    assert paths(unique("items", "name", message="m"), things) == [("items", 2, "name")]


def test_a_rejected_condition_points_where_it_is_told():
    check = reject(either(is_true("flag"), given("two")), "one", "m")
    assert [paths(check, thing) for thing in (Thing(flag=True), Thing())] == [[("one",)], []]


def test_no_message_holds_the_value():
    thing = Thing(kind="canary", one="canary", two="canary", flag=True)
    checks = (
        forbids("one"),
        allows("kind", "a"),
        at_most_one("one", "two"),
        satisfies("one", lambda _: False, message="m"),
    )
    assert "canary" not in repr(list(every(*checks)(thing)))


def test_an_example_is_altered_without_touching_the_original():
    example = {"a": {"b": 1, "c": 2}, "d": [{"e": 1}]}
    changed = altered(example, {"a.b": 3, "a.c": ABSENT, "d.0.e": 4, "f.g": 5})
    assert (changed, example) == (
        {"a": {"b": 3}, "d": [{"e": 4}], "f": {"g": 5}},
        {"a": {"b": 1, "c": 2}, "d": [{"e": 1}]},
    )


def test_an_example_cannot_be_altered_below_a_text():
    with pytest.raises(TypeError):
        altered({"a": "text"}, {"a.b.c": 1})


def test_a_nested_rule_reports_below_its_name():
    class Part(Request):
        size: int | None = None

    class Whole(Request):
        part: Part

    inner: Rule[Request] = rule(
        "part.size",
        "A part has a size.",
        needs("size"),
        example={"size": 1},
        broken={"size": ABSENT},
        documentation="https://example.com",
    )
    (outer,) = nested((inner,), "part", {})
    assert paths(outer.check, Whole.model_validate(outer.broken)) == [("part", "size")]
