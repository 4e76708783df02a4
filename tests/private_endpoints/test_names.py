import pytest

from clickpipes_mcp.private_endpoints import Replacement, covers
from clickpipes_mcp.private_endpoints.names import normal

STAR, EXACT = "*.eu.example.com", "db.eu.example.com"


def replaced(before, after, beside=()):
    return Replacement(frozenset(before), frozenset(after), frozenset(beside))


@pytest.mark.parametrize(
    ("pattern", "name", "meant"),
    [
        ("db.example.com", "DB.example.com.", True),
        ("*.example.com", "db.example.com", True),
        ("*.example.com", "a.db.example.com", False),
        ("*.example.com", "example.com", False),
        ("db.example.com", "*.example.com", False),
        ("", "", True),
    ],
)
def test_a_star_stands_for_one_label(pattern, name, meant):
    assert covers(pattern, name) is meant


def test_neither_case_nor_a_final_dot_tells_names_apart():
    assert {normal("DB.example.com."), normal("db.example.com")} == {"db.example.com"}


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ([(EXACT, "")], [(EXACT, "")], set()),
        ([(EXACT, "")], [], {EXACT}),
        ([(EXACT, "one")], [(EXACT, "two")], {EXACT}),
        ([], [(EXACT, "")], set()),
        ([(STAR, "one")], [(STAR, "one"), (EXACT, "one")], set()),
        ([(STAR, "one")], [(STAR, "one"), (EXACT, "two")], {EXACT}),
        ([(STAR, "one")], [(EXACT, "two")], {STAR, EXACT}),
        ([(EXACT, "one")], [(EXACT, "one"), (STAR, "two")], set()),
    ],
)
def test_names_that_go_or_lead_elsewhere_are_lost(before, after, lost):
    assert replaced(before, after).lost == lost


@pytest.mark.parametrize(("place", "lost"), [("", set()), ("one", {EXACT})])
def test_names_that_stay_can_be_undercut_too(place, lost):
    assert replaced([], [(EXACT, place)], beside=[(STAR, "")]).lost == lost


def test_what_becomes_of_each_name_is_told():
    before = {(STAR, "one"), ("gone.example.com", ""), ("moved.example.com", "one")}
    after = {(STAR, "one"), (EXACT, "two"), ("moved.example.com", "two"), ("new.example.com", "")}

    assert replaced(before, after).summary == (
        "adds new.example.com; adds, leading elsewhere than until now, db.eu.example.com; "
        "removes gone.example.com; changes the target of moved.example.com; keeps *.eu.example.com"
    )


def test_nothing_is_told_where_nothing_changes():
    assert replaced([(STAR, "")], [(STAR, "")]).summary == ""
