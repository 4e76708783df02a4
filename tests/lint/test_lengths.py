"""What is too long to be read at once is taken apart."""

import ast
from pathlib import Path

import clickpipes_mcp

PACKAGE = Path(clickpipes_mcp.__file__).parent
MOST_OF_A_MODULE = 400
MOST_OF_A_FUNCTION = 50


def test_modules_and_functions_can_be_read_at_once() -> None:
    too_long = []
    for module in sorted(PACKAGE.rglob("*.py")):
        text, place = module.read_text(encoding="utf-8"), module.relative_to(PACKAGE)
        if (lines := len(text.splitlines())) > MOST_OF_A_MODULE:
            too_long.append(f"{place}: {lines}")
        for part in ast.walk(ast.parse(text)):
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (part.end_lineno or part.lineno) - part.lineno + 1
                if lines > MOST_OF_A_FUNCTION:
                    too_long.append(f"{place}, {part.name}: {lines}")
    assert too_long == []
