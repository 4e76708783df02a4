"""No pattern takes more than a few steps a character, whatever it is given."""

import re

import pytest

from tests import attempts_table
from tests.patterns.collected import MADE_LATER, PACKAGE, collected, hidden_uses
from tests.patterns.steps import counters
from tests.patterns.worst_inputs import branches, has_long_repeat, worst_inputs

SIZES = (32, 64, 128)
SLACK_STEPS = 200
"""What leads to a repeat counts little in a long text, and much in a short one."""

MOST_STEPS_A_CHARACTER = 32
"""With every bound at eight, so of a repeat of at most 200 some 800; one more for each branch."""

PATTERNS = collected()
REPEATING = [one for one in PATTERNS if any(has_long_repeat(part.tree) for part in counters(one))]


def slowest(pattern: re.Pattern[str]) -> tuple[float, list[int], str]:
    """By how much its worst input breaks the bound, with the steps for each size."""
    worst: tuple[float, list[int], str] = (-SLACK_STEPS, [0, 0, 0], "")
    for counter in counters(pattern):
        most = MOST_STEPS_A_CHARACTER + branches(counter.tree)
        for text_of in worst_inputs(counter):
            attempts_table.count()
            steps = [counter.steps(text_of(size)) for size in SIZES]
            grown = steps[2] - 2.6 * steps[1] - SLACK_STEPS
            too_many = steps[2] - most * len(text_of(SIZES[2])) - SLACK_STEPS
            worst = max(worst, (max(grown, too_many), steps, text_of(32)))
    return worst


@pytest.mark.redteam("time")
@pytest.mark.parametrize("pattern", REPEATING, ids=lambda one: f"{PATTERNS[one]} {one.pattern:.40}")
def test_a_pattern_is_linear_in_its_input(pattern) -> None:
    excess, steps, text = slowest(pattern)
    assert excess <= 0, f"{steps} steps for {SIZES} characters of {text!r}"


@pytest.mark.parametrize(
    "text",
    [
        r"authorization\s*[:=]\s*\s*x",
        r"\s+$",
        r"a.*b",
        r"(a+)+$",
        r"(a|a)*b",
        r"\[[^\]]*\]",
        r"a{0,200}a{0,200}a{0,200}b",
        r"(?:[^\"\\]|\\.)*\"",
        r"/\*.*?\*/",
    ],
)
def test_a_pattern_that_is_not_is_found(text) -> None:
    assert slowest(re.compile(text, re.DOTALL))[0] > 0


@pytest.mark.parametrize(
    ("text", "given"),
    [("ab", "xabxab"), (r"\d++", "12 3"), (r"(?<=a)[bc]$", "abc"), (r"^\W*x(?!y)", " x")],
)
def test_every_step_is_counted_at_least_once(text, given) -> None:
    (counter,) = counters(re.compile(text))
    assert counter.steps(given) >= len(given)


def test_no_pattern_hides_in_a_function() -> None:
    assert list(hidden_uses()) == []


def test_every_place_that_makes_patterns_from_data_exists() -> None:
    assert all((PACKAGE / name).is_file() for name in MADE_LATER)


def test_patterns_of_every_kind_were_found() -> None:
    places = set(PATTERNS.values())
    assert {"a rule made of words", "LIKE"} <= places
    for module in (".redaction:", ".simulator.contract.", ".tools."):
        assert any(place.startswith(module) for place in places)
    assert len(PATTERNS) > 400
