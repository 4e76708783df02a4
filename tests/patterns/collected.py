"""Every pattern of the package, wherever it is kept, and every place where one is made."""

import ast
import contextlib
import gc
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import clickpipes_mcp
from clickpipes_mcp.diagnosis import RULES
from clickpipes_mcp.patterns import Pattern
from clickpipes_mcp.simulator.queries.functions import like_pattern

PACKAGE = Path(clickpipes_mcp.__file__).parent
_OWN = clickpipes_mcp.__name__

MADE_LATER = {
    "patterns.py": "rules made of words: each is found among the objects that exist",
    "diagnosis/_engine.py": "rules of diagnosis: each is found in the registry of rules",
    "diagnosis/codes/reading.py": "its constants",
    "diagnosis/codes/topics.py": "its constants",
    "diagnosis/providers.py": "its constants",
    "diagnosis/speakers.py": "its constants",
    "simulator/queries/functions.py": "LIKE, made of atomic groups: one with everything is tried",
    "sources/_recipients.py": "its constants",
}
"""Where patterns are made from data, and how the walk gets at them."""

_EXACT = {"diagnosis/codes/reading.py", "diagnosis/codes/topics.py", "sources/_recipients.py"}
"""Of those with constants, the ones to which case matters."""

_MAKES_NOTHING = {"escape", "Pattern", "Match", "IGNORECASE", "DOTALL", "MULTILINE", "ASCII"}


def collected() -> dict[re.Pattern[str], str]:
    """Every pattern, and where it was found."""
    for module in pkgutil.walk_packages(clickpipes_mcp.__path__, f"{_OWN}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: dict[re.Pattern[str], str] = {}
    for place, pattern in (*_in_constants(), *_in_data()):
        found.setdefault(pattern, place)
    return found


def _in_constants() -> Iterator[tuple[str, re.Pattern[str]]]:
    seen: set[int] = set()
    for name, module in sorted(sys.modules.items()):
        if name.startswith(_OWN):
            for constant, value in vars(module).items():
                for pattern in _within(value, seen):
                    yield f"{name.removeprefix(_OWN)}:{constant}", pattern


def _in_data() -> Iterator[tuple[str, re.Pattern[str]]]:
    alive = (one for one in gc.get_objects() if isinstance(one, Pattern))
    # Every process has to find them in one order.
    for words in sorted(alive, key=lambda one: (one.text, one.ignores_case)):
        flags = re.IGNORECASE if words.ignores_case else 0
        yield "a rule made of words", re.compile(words.text, flags)
    for rule in RULES:
        for text in rule.patterns:
            yield rule.id, re.compile(text, re.IGNORECASE)
    for name, way in MADE_LATER.items():
        if way == "its constants":
            flags = 0 if name in _EXACT else re.IGNORECASE
            module = sys.modules[f"{_OWN}.{name.removesuffix('.py').replace('/', '.')}"]
            for text in _texts(list(vars(module).values()), set()):
                with contextlib.suppress(re.error):
                    yield name, re.compile(text, flags)
    yield "LIKE", like_pattern("%a_b%c%d_", ignore_case=True)


def _within(value: object, seen: set[int]) -> Iterator[re.Pattern[str]]:
    """The patterns a constant holds: itself, in its items or attributes, or as a JSON schema."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
    if isinstance(value, dict) and isinstance(value.get("pattern"), str):
        yield re.compile(value["pattern"])
    for inner in _parts(value):
        yield from _within(inner, seen)


def _parts(value: object) -> list[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, Mapping):
        return list(value.values())
    if getattr(value, "__module__", None) and (
        value.__module__ if isinstance(value, type) else type(value).__module__
    ).startswith(_OWN):
        return [*vars(value).values()] if hasattr(value, "__dict__") else []
    return []


def _texts(value: object, seen: set[int]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        for inner in _parts(value):
            yield from _texts(inner, seen)


def hidden_uses() -> Iterator[str]:
    """Places outside constants that make a pattern, or hand one over as text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name not in MADE_LATER:
            source = path.read_text(encoding="utf-8")
            yield from (f"{name}:{use}" for use in _uses(source))


def _uses(source: str) -> Iterator[str]:
    if not re.search(r"\bimport re\b|\bfrom re\b", source):
        return
    to_do: list[tuple[ast.AST, bool]] = [(ast.parse(source), False)]
    while to_do:
        node, is_in_function = to_do.pop()
        is_in_function |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        to_do += [(child, is_in_function) for child in ast.iter_child_nodes(node)]
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            yield f"{node.lineno} from re import"
        used = node.attr if isinstance(node, ast.Attribute) and _is_re(node.value) else "escape"
        if used not in _MAKES_NOTHING and (is_in_function or used != "compile"):
            yield f"{getattr(node, 'lineno', 0)} re.{used}"


def _is_re(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "re"
