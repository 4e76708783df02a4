"""What is wrong by itself does not hide what rules say of the rest, and nothing untrue is said."""

import copy
from collections.abc import Iterator

import pytest

from clickpipes_mcp.errors import InvalidArguments
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call
from tests.walking import walked

CREATES = {f"create_{spec.key}_clickpipe": spec for spec in SOURCES}
TOOL_OF = {CREATES[tool.name].key: tool for tool in TOOLS if tool.name in CREATES}
RULES = [
    pytest.param(spec, rule, id=f"{spec.key}-{rule.id}")
    for spec in SOURCES
    for rule in spec.rules
    if rule.effect == "refuse"
]
WRONG = {"surely": "no value of any field"}


def problems(spec, body):
    try:
        valid_call(TOOL_OF[spec.key], body)
    except InvalidArguments as error:
        return error.problems
    return ()


def paths(value, at=()) -> Iterator[tuple[object, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*at, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*at, key))


def value_at(body, path):
    for step in path:
        body = body[step]
    return body


def changed(body, path, value):
    found = holder = copy.deepcopy(dict(body))
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return found


def without(body, path):
    found = holder = copy.deepcopy(dict(body))
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return found


@walked(RULES)
def test_a_rule_speaks_beside_a_field_that_it_does_not_read(spec, rule):
    alone = {one.rule for one in problems(spec, rule.broken)} - {""}
    told = problems(spec, {**rule.broken, "start_paused": WRONG})
    assert any("start_paused" in one.path for one in told)
    assert {one.rule for one in told} - {""} == alone


@walked(RULES)
def test_no_rule_speaks_of_what_a_wrong_value_hides(spec, rule):
    assert problems(spec, rule.kept) == ()
    for path in paths(rule.kept):
        if value_at(rule.kept, path) is None:
            continue
        told = problems(spec, changed(rule.kept, path, WRONG))
        assert told, path
        assert [one for one in told if one.rule] == [], path


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_no_rule_speaks_of_what_is_missing_or_misspelt(spec):
    for path in paths(spec.example):
        if not isinstance(path[-1], str):
            continue
        left_out = without(spec.example, path)
        before = {one.rule for one in problems(spec, left_out)}
        misspelt = changed(left_out, (*path[:-1], f"{path[-1]}_mispelt_x"), "any")
        told = problems(spec, misspelt)
        assert any(one.path.endswith("_mispelt_x") for one in told), path
        assert {one.rule for one in told} <= before | {""}, path


def test_a_vague_wish_is_answered_with_all_that_it_lacks():
    postgres = next(spec for spec in SOURCES if spec.key == "postgres")
    wish = {"name": "orders", "source": {"host": "db.example.com", "database": "shop"}}
    told = {one.path: one for one in problems(postgres, wish)}
    assert told.keys() == {
        "source.port",
        "source.settings",
        "source.table_mappings",
        "source.credentials.username",
        "source.credentials.password",
        "destination",
    }
    assert "At least {replication_mode: …}." in told["source.settings"].fix
    assert "${ask:password}" in told["source.credentials.password"].fix
