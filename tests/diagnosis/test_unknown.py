"""What looking at a pipe cannot tell, not yet or never, is said."""

from dataclasses import replace

import pytest

from clickpipes_mcp.diagnosis import RULES, Facts, Severity, diagnose, unknown_of

HOUR_S = 3600.0


def at_age(facts, age_s) -> Facts:
    return replace(
        facts,
        state_age_s=None if facts.state_age_s is None else age_s,
        pipe_age_s=None if facts.pipe_age_s is None else age_s,
    )


def _takes_time(rule, example) -> bool:
    """Whether it shows within the hour, and not at once."""
    return (
        isinstance(example, Facts)
        and rule.predicate is not None
        and rule.severity >= Severity.ERROR
        and rule.predicate(at_age(example, 0.0)) is None
        and rule.predicate(at_age(example, HOUR_S)) is not None
    )


TAKING_TIME = [
    pytest.param(rule, example, id=rule.id)
    for rule in RULES
    for example in rule.examples
    if _takes_time(rule, example)
]


def test_some_rules_take_time_to_show():
    assert len(TAKING_TIME) >= 2


@pytest.mark.parametrize(("rule", "example"), TAKING_TIME)
def test_what_shows_only_after_a_time_is_said_before_it(rule, example):
    early = at_age(example, 60.0)
    (told,) = [one for one in unknown_of(early) if rule.id in one]
    minutes = int(told.partition("shows in ")[2].partition(" min")[0])
    late = at_age(example, 60.0 + 60.0 * minutes)
    assert "so far" in told
    assert rule.id not in {one.rule.id for one in diagnose(at_age(late, 60.0 * minutes - 60.0))}
    assert rule.id in {one.rule.id for one in diagnose(late)}
    assert not any(rule.id in one for one in unknown_of(late))


@pytest.mark.parametrize("rule", [one for one in RULES if one.untraced], ids=lambda one: one.id)
def test_what_leaves_no_trace_is_found_by_the_words_that_are_offered_for_it(rule):
    (example,) = rule.examples
    quiet = replace(example, errors=())
    (told,) = [one for one in unknown_of(quiet) if rule.id in one]
    assert "error_text" in told
    quoted = replace(quiet, errors=(rule.untraced,))
    assert rule.id in {one.rule.id for one in diagnose(quoted)}


def test_nothing_is_unknown_of_a_pipe_that_is_not_known():
    assert unknown_of(Facts()) == ()
