"""The page of rules: every rule is on it, once, with where it holds."""

import re

import pytest

from clickpipes_mcp.cdc_scaling import CDC_SCALING_RULES
from clickpipes_mcp.private_endpoints import CREATE_RULES
from clickpipes_mcp.rules_page import (
    OPERATIONS,
    SHARED,
    VERDICTS,
    entries,
    render_page,
    rules_by_section,
    verdicts,
)
from clickpipes_mcp.scaling import SCALING_RULES
from clickpipes_mcp.sources import SOURCES

ROW = re.compile(r"\| \[`([a-z0-9.-]+)`\]\((https://\S+)\) \| (refuses|warns) \| [^|]+ \| [^|]+ \|")
EVERY_RULE = [
    *(rule for source in SOURCES for rule in (*source.rules, *source.update_rules)),
    *(rule for source in SOURCES for rule in source.settings_rules),
    *SCALING_RULES,
    *CDC_SCALING_RULES,
    *CREATE_RULES,
]


def test_every_rule_has_one_row_for_each_of_its_effects() -> None:
    rows = [(match[1], match[3]) for match in ROW.finditer(render_page())]

    effects = {"refuse": "refuses", "warn": "warns"}
    assert set(rows) >= {(rule.id, effects[rule.effect]) for rule in EVERY_RULE}
    assert len(rows) == len(set(rows)) == len(entries())


def test_every_row_is_a_row() -> None:
    rows = [line for line in render_page().splitlines() if line.startswith("| [")]

    assert [row for row in rows if not ROW.fullmatch(row)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_a_rule_of_one_source_stands_in_its_section(source) -> None:
    prefix = source.key.replace("_", "-") + "."
    here = {entry.rule.id for entry in rules_by_section()[source.title]}

    assert {rule.id for rule in source.rules if rule.id.startswith(prefix)} <= here


def test_a_shared_rule_names_the_sources_beside_it() -> None:
    shared = {entry.rule.id: entry for entry in rules_by_section()[SHARED]}

    row = shared["database.iam-needs-role"].row

    assert row.endswith("| create: PostgreSQL, MySQL and MariaDB |")


def test_what_is_asked_of_existing_pipes_stands_apart() -> None:
    here = {entry.rule.id for entry in rules_by_section()[OPERATIONS]}

    assert "cdc-scaling.memory-per-core" in here
    assert "settings.not-for-databases" in here


def test_no_rule_is_lost_between_sections() -> None:
    assert sum(map(len, rules_by_section().values())) == len(entries())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_the_verdict_of_every_rule_is_told_for_every_source(source) -> None:
    every = verdicts()
    effects = {"refuse": "refuses", "warn": "warns"}

    assert all(
        effects[rule.effect] in every[rule.id][source.title]
        for rule in (*source.rules, *source.update_rules, *source.settings_rules)
    )


def test_the_verdicts_stand_in_one_table() -> None:
    table = render_page().partition(f"## {VERDICTS}")[2].splitlines()
    rows = [line for line in table if line.startswith("| `")]

    assert len(rows) == len(verdicts())
    assert {row.count("|") for row in rows} == {len(SOURCES) + 2}
    assert any("refuses" in row and "warns" in row for row in rows)
