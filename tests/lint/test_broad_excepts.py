"""Nothing that fails is swallowed without a trace, however much of what may fail is caught."""

import ast
from collections.abc import Iterator
from pathlib import Path

import clickpipes_mcp

PACKAGE = Path(clickpipes_mcp.__file__).parent
BROAD = {"Exception", "BaseException"}

KEPT = ["front/standing_in.py"]
"""What is caught in a thread and raised where its result is wanted."""


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    named = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(one is None or ast.unparse(one) in BROAD for one in named)


def loggers_in(tree: ast.Module) -> Iterator[str]:
    """The functions of a module that write to its log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "_logger." in ast.unparse(node):
            yield node.name


def leaves_a_trace(handler: ast.ExceptHandler, tree: ast.Module) -> bool:
    calls = [ast.unparse(one.func) for one in ast.walk(handler) if isinstance(one, ast.Call)]
    tells = any(call.startswith("_logger.") or call in loggers_in(tree) for call in calls)
    return tells or any(isinstance(one, ast.Raise) and one.exc is None for one in ast.walk(handler))


def test_whoever_catches_everything_says_in_the_log_what_it_was() -> None:
    silent = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and is_broad(node):
                silent += [] if leaves_a_trace(node, tree) else [path.relative_to(PACKAGE)]
    assert list(map(Path.as_posix, silent)) == KEPT
