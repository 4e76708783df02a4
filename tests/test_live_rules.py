"""Rules of an update that are held against the pipe as it is."""

import ast
from pathlib import Path

import clickpipes_mcp
from clickpipes_mcp.live_rules import LIVE_RULES
from clickpipes_mcp.rules_page import OPERATIONS, rules_by_section

PACKAGE = Path(clickpipes_mcp.__file__).parent


def test_they_stand_on_the_page_of_rules() -> None:
    listed = {entry.rule.id for entry in rules_by_section()[OPERATIONS]}

    assert {rule.id for rule in LIVE_RULES} <= listed


def test_an_error_names_no_rule_that_is_written_down_nowhere() -> None:
    """Every rule that a problem names is taken from a rule, never spelled out beside it."""
    spelled_out = [
        f"{path.relative_to(PACKAGE)}:{word.value.lineno}"
        for path in sorted((PACKAGE / "tools").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "rule" and isinstance(word.value, ast.Constant)
    ]

    assert spelled_out == []
