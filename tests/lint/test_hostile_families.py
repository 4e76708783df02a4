"""Every hostile test names its family, and the table sums what the tests count."""

import ast
from pathlib import Path

import pytest

from tests import attempts_table

TESTS = Path(__file__).parents[1]
FAMILIES = {
    "broken text",
    "canaries",
    "connections",
    "consent answers",
    "journal",
    "killed",
    "masking",
    "names",
    "outside text",
    "page answers",
    "questions",
    "references",
    "time",
}


def marks() -> list[ast.AST]:
    """Every use of the marker, with the call around it where there is one."""
    found: list[ast.AST] = []
    for path in TESTS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if attempts_table.MARK not in text:
            continue
        nodes = list(ast.walk(ast.parse(text)))
        calls = [node for node in nodes if isinstance(node, ast.Call) and _is_mark(node.func)]
        called = [node.func for node in calls]
        found += calls
        found += [node for node in nodes if _is_mark(node) and node not in called]
    return found


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == attempts_table.MARK


def test_every_hostile_test_names_its_family_and_no_family_is_without_tests() -> None:
    families = set()
    for mark in marks():
        assert isinstance(mark, ast.Call), ast.unparse(mark)
        (family,) = mark.args
        families.add(ast.literal_eval(family))
    assert families == FAMILIES


def report(when: str, outcome: str, *properties: tuple[str, object]) -> pytest.TestReport:
    return pytest.TestReport(
        "a test", ("a", 1, "a"), {}, outcome, None, when, user_properties=list(properties)
    )


def test_what_the_tests_count_is_summed_and_a_failure_is_an_effect() -> None:
    begun = (attempts_table.PROPERTY, ("time",))
    ended = (attempts_table.PROPERTY, ("time", 3, 0, 1, 0.25))

    found = attempts_table.sums(
        [
            report("call", "passed", begun),
            report("teardown", "passed", begun, ended),
            report("call", "failed", begun),
            report("teardown", "passed", begun, (attempts_table.PROPERTY, ("time", 1, 0, 0, 0.5))),
        ]
    )

    assert found == {"time": attempts_table.Tally(4, 1, 1, 0.5)}
