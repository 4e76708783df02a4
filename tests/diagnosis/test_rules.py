"""What must hold for every rule and every piece of advice."""

import re
import time
from collections import Counter, defaultdict
from itertools import chain, combinations
from urllib.parse import urlsplit

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import ADVICE, RULES, Facts, StepKind, advice_for, diagnose
from clickpipes_mcp.diagnosis._engine import compiled
from clickpipes_mcp.tools import TOOLS
from tests.diagnosis.rows import DOCUMENTED_TEXTS, RELATED, ROWS
from tests.walking import walked

FAR_TOO_LONG_S = 30.0
"""A pattern that tries every way takes hours over a megabyte; others take milliseconds."""

ENTRIES = (*RULES, *ADVICE)
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]
STEPS = [(entry.id, step) for entry in ENTRIES for step in entry.fix]


def facts_of(rule, example) -> Facts:
    """The example as it is, or its text said about a pipe the rule concerns."""
    if isinstance(example, Facts):
        return example
    return Facts(
        errors=(example,),
        family=rule.families[0] if rule.families else None,
        arm=rule.arms[0] if rule.arms else "",
        source_type=rule.types[0] if rule.types else "",
    )


def most_steps(entry) -> int:
    """How many steps it has for the kind of source that it has most for."""
    arms = {arm for step in entry.fix for arm in step.arms} or {""}
    return max(sum(step.suits(None, arm) for step in entry.fix) for arm in arms)


def ids(facts) -> list[str]:
    return [finding.rule.id for finding in diagnose(facts, limit=None)]


@walked(EXAMPLES)
def test_a_rule_is_the_first_answer_to_its_own_example_and_only_related_ones_follow(rule, example):
    first, *others = ids(facts_of(rule, example))
    assert first == rule.id
    assert set(others) <= set(RELATED.get(rule.id, ()))


@walked(EXAMPLES)
def test_an_error_text_alone_is_enough_to_be_told_apart_from_other_sources(rule, example):
    text_alone = example if isinstance(example, Facts) else Facts(errors=(example,))
    first, *others = ids(text_alone)
    assert first == rule.id
    assert set(others) <= set(RELATED.get(rule.id, ()))


@pytest.mark.parametrize(("expected", "text"), DOCUMENTED_TEXTS)
def test_a_documented_error_text_is_recognised(expected, text):
    assert ids(Facts(errors=(text,)))[0] == expected


def test_every_documented_symptom_is_held_by_a_rule_or_advice():
    known = {entry.id for entry in ENTRIES}
    assert sorted(ROWS) == list(range(1, 188))
    assert {row: set(held) - known for row, held in ROWS.items() if set(held) - known} == {}


def test_ids_are_unique_and_say_what_they_are_about():
    counts = Counter(entry.id for entry in ENTRIES)
    assert [entry for entry, count in counts.items() if count > 1] == []
    assert [entry for entry in counts if not re.fullmatch(r"[a-z-]+\.[a-z-]+", entry)] == []


def test_titles_causes_and_steps_are_short():
    too_long = [
        entry.id
        for entry in ENTRIES
        if len(entry.title) > 80
        or len(entry.cause) > 200
        or any(len(step.text) > 200 or len(step.code) > 300 for step in entry.fix)
    ]
    assert too_long == []


def test_every_entry_has_something_to_do_and_somewhere_to_read():
    assert [entry.id for entry in ENTRIES if not entry.fix or most_steps(entry) > 6] == []
    hosts = {urlsplit(entry.documentation)[:2] for entry in ENTRIES}
    assert hosts == {("https", "clickhouse.com"), ("https", "github.com")}


def test_related_rules_exist_and_say_why():
    known = {rule.id for rule in RULES}
    assert set(chain(RELATED, *RELATED.values())) <= known
    assert all(reason for related in RELATED.values() for reason in related.values())


def test_a_tool_step_names_a_tool():
    named = {step.code for _, step in STEPS if step.kind is StepKind.TOOL_CALL}
    assert named <= {tool.name for tool in TOOLS}


def test_the_arguments_of_a_tool_step_are_arguments_of_that_tool():
    tools = {tool.name: tool for tool in TOOLS}
    unknown = [
        (entry, step.code, name)
        for entry, step in STEPS
        if step.code in tools
        for name in step.arguments
        if name not in tools[step.code].arguments.model_fields
    ]
    assert unknown == []


def test_sql_steps_have_their_sql():
    kinds = {StepKind.SQL_AT_SOURCE, StepKind.SQL_AT_CLICKHOUSE}
    assert [entry for entry, step in STEPS if step.kind in kinds and not step.code] == []


@pytest.mark.redteam("time")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_patterns_take_bounded_time_on_a_long_text(rule):
    pieces = (
        "a",
        " ",
        "code: 1 ",
        'request body.a "x509: valid for ',
        "schema registry cdc scaling ",
    )
    for pattern in rule.patterns:
        for piece in pieces:
            size = 100_000 if piece == "a" else 50_000
            began = time.process_time()
            compiled(pattern).search(piece * (size // len(piece)))
            assert time.process_time() - began < FAR_TOO_LONG_S


def test_every_pattern_is_needed_by_no_other_than_its_own_rule():
    """Unless a guard, or who speaks, tells the rules apart."""
    owners = defaultdict(list)
    for rule in RULES:
        for pattern in rule.patterns:
            owners[pattern].append(rule)
    confused = {
        pattern: [rule.id for rule in rules]
        for pattern, rules in owners.items()
        if any(
            bool(one.speakers) is bool(other.speakers)
            and (not one.speakers or set(one.speakers) & set(other.speakers))
            and not (one.when or other.when)
            for one, other in combinations(rules, 2)
        )
    }
    assert confused == {}


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: advice.id)
def test_advice_is_found_by_each_of_its_keywords(advice):
    for keyword in advice.keywords:
        assert advice in advice_for(f"We see this: {keyword.upper()}!")


def test_advice_is_silent_about_anything_else():
    assert advice_for("") == ()
    assert advice_for("hello") == ()
    assert advice_for("my account is discounted") == ()


def test_advice_for_another_source_is_left_out():
    about_kafka = advice_for("duplicate rows", Facts(family=Family.STREAMING, arm="kafka"))
    assert [piece.id for piece in about_kafka] == ["stream.duplicates"]
