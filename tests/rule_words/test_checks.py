from dataclasses import dataclass, field

import pytest

from clickpipes_mcp.contract import Request, Violation
from clickpipes_mcp.rule_words import (
    allows_by,
    apart,
    at_most_one,
    avoids,
    both,
    each,
    either,
    equal,
    every,
    forbids,
    given,
    gives_something,
    is_true,
    matches,
    missing,
    needs,
    needs_any,
    only_when,
    reject,
    satisfies,
    together,
    unique,
    unlike,
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


@dataclass
class Pair:
    items: list[Item]
    others: list[Item]


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


def test_a_condition_of_several_parts_can_be_read_in_one_way():
    when = either(both(missing("two"), unlike("kind", "a", "b")), equal("one", "x", "y", "z"))
    (found,) = forbids("one", when=when)(Thing(one="x"))
    assert found.message == (
        "one does not apply when two is not given and kind is not one of a or b, "
        "or one is x, y or z."
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
        at_most_one("one", "two"),
        satisfies("one", lambda _: False, message="m"),
    )
    assert "canary" not in repr(list(every(*checks)(thing)))


def test_a_request_that_gives_nothing_is_told_what_it_could_give():
    class Size(Request):
        replicas: int | None = None

    check = gives_something("size", Size)
    (found,) = check(Size(replicas=None))
    assert found == Violation((), "No size is given.", fix="Give at least one, such as replicas.")
    assert list(check(Size(replicas=0))) == []


def test_a_check_is_kept_for_requests_that_meet_a_condition():
    check = only_when(is_true("flag"), needs("one"))
    assert [paths(check, Thing(flag=flag)) for flag in (True, False)] == [[("one",)], []]


def test_items_of_two_lists_stay_apart():
    check = apart("items", "others", "name", message="m", fix="f")
    thing = Pair(items=[Item("a"), Item("b")], others=[Item("b", note="x")])
    assert paths(check, thing) == [("items", 1)]
