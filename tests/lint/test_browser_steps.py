"""Who leads a browser to another page waits for it: what only clicks may read the old one."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
LEADS = {"click", "dblclick", "press", "tap"}
STAYS = "Tab"
"""The one key that leads nowhere."""


def unawaited(source: str) -> Iterator[int]:
    """Lines that click or press on a page outside of `leave` and `stay`, or wait for a time."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Await(ast.Call(ast.Attribute(attr="wait_for_timeout"))):
                yield node.lineno
            case ast.Await(ast.Call(ast.Attribute(of, way), arguments)) if way in LEADS:
                keys = [one.value for one in arguments if isinstance(one, ast.Constant)]
                if root(of) == "page" and keys != [STAYS]:
                    yield node.lineno


def root(node: ast.expr) -> str:
    """The name that a chain of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def test_a_browser_is_waited_for_wherever_it_is_led() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in TESTS.rglob("test_*.py")
        if "chromium" in (source := path.read_text(encoding="utf-8"))
        for line in unawaited(source)
    ]
    assert found == [], "give it to leave or stay of tests/chromium.py"


def test_a_bare_step_is_found() -> None:
    bare = (
        'await page.click("a")', 'await page.keyboard.press("Enter")',
        'await page.get_by_role("button").click()', "await page.wait_for_timeout(1)",
    )  # fmt: skip
    held = ('await leave(page, page.click("a"))', 'await page.keyboard.press("Tab")')
    written = "async def f(page):\n    " + "\n    ".join((*bare, *held))
    assert sorted(unawaited(written)) == [2, 3, 4, 5]
