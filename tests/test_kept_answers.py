"""What is kept of texts that came from outside is bounded in number and in length."""

import ast
import gc
import sys
from pathlib import Path

import clickpipes_mcp
from clickpipes_mcp.checks.files import listing
from clickpipes_mcp.cloud.configuration import fit_to_show
from clickpipes_mcp.kept_answers import LONGEST, kept

PACKAGE = Path(clickpipes_mcp.__file__).parent

OWN = {
    "cloud/wire.py:_address": "httpx2 refuses an address of more than 65,536 characters",
    "code/unseen.py:_hidden_fields": "keys of sources",
    "diagnosis/_engine.py:compiled": "patterns of rules",
    "diagnosis/codes/reading.py:_forms": "names of tables",
    "diagnosis/codes/tables.py:_codes": "names of tables",
    "diagnosis/codes/tables.py:_table": "names of tables",
    "diagnosis/speakers.py:_exact": "patterns of rules",
    "diagnosis/speakers.py:_pattern": "patterns of rules",
    "guides/_sections.py:page": "names of guides",
    "guides/_sections.py:written": "names of guides",
    "pages/rendering.py:_file": "names of templates",
    "panels/document.py:document": "names of tools",
    "panels/document.py:module": "names of modules",
    "panels/document.py:source_of": "scripts and styles of our own",
    "published_schemas.py:kept": "names of tools",
    "rule_words/conditions.py:_steps": "paths of rules",
    "tools/asking.py:_schema": "keys of sources",
    "tools/insight/source_check.py:_relaxed": "keys of sources",
    "tools/sdk/published.py:_made_alone": "names of arguments",
}
"""What remembers answers to texts for ever or whatever their length, and whose texts those are."""


def is_cache(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).removeprefix("functools.") in ("cache", "lru_cache")


def takes_texts(function: ast.FunctionDef) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(one.annotation and "str" in ast.unparse(one.annotation) for one in arguments)


def remembering(tree: ast.Module) -> list[str]:
    """Functions that remember answers to texts; what wraps another one may take anything."""
    nodes = list(ast.walk(tree))
    decorated = [
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef)
        and any(map(is_cache, node.decorator_list))
        and takes_texts(node)
    ]
    return decorated + [
        ast.unparse(node.targets[0])
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Call)
        and is_cache(node.value.func)
    ]


def test_whatever_remembers_answers_to_texts_from_outside_bounds_their_length() -> None:
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}:{name}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "kept_answers.py"
        for name in remembering(ast.parse(path.read_text("utf-8")))
    }
    assert found == set(OWN)


def test_an_answer_to_a_long_text_is_not_kept() -> None:
    asked = []
    answer = kept(lambda text: asked.append(text) or len(text), 2)

    assert [answer("a" * length) for length in (LONGEST, LONGEST, LONGEST + 1, LONGEST + 1)] == [
        LONGEST,
        LONGEST,
        LONGEST + 1,
        LONGEST + 1,
    ]
    assert [len(text) for text in asked] == [LONGEST, LONGEST + 1, LONGEST + 1]


def test_the_names_of_fields_that_an_answer_holds_do_not_stay() -> None:
    name = "".join(("long" * 50_000, "name"))
    before = sys.getrefcount(name)
    fit_to_show({name: 1})
    gc.collect()

    assert sys.getrefcount(name) == before


def test_a_pattern_of_files_does_not_stay() -> None:
    pattern = "".join(("folder/" * 20, "*.csv"))
    before = sys.getrefcount(pattern)
    listing.matching(pattern, [])
    gc.collect()

    assert sys.getrefcount(pattern) == before
