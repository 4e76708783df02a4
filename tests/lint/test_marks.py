"""What is not collected holds nothing of what is asked for."""

import re
import tomllib
from pathlib import Path

import pytest

from tests import marks

TESTS = Path(__file__).parents[1]


def test_markers_are_lent_through_any_number_of_modules() -> None:
    assert {"thinning", "secret_ways", "canaries"} <= marks.lent().keys()


def test_every_marker_is_explained_to_contributors() -> None:
    text = (TESTS.parent / "pyproject.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)["tool"]["pytest"]["ini_options"]["markers"]
    page = (TESTS.parent / "clickpipes_mcp" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    explained = re.findall(r"(?m)^\| (`.*?) \|", page.partition("| marker |")[2])
    names = [re.match(r"\w+", line)[0] for line in said]
    assert sorted(re.findall(r"`(\w+)`", " ".join(explained))) == sorted(names)


def test_a_marker_is_never_given_under_another_name() -> None:
    aliased = re.compile(
        r"(?m)import mark\b|= pytest\.mark$|pytest import .*\bmark\b|getattr\(.*mark,"
    )

    assert [
        path.name
        for path in TESTS.rglob("*.py")
        if path != Path(__file__) and aliased.search(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("text", "chosen", "is_held"),
    [
        ("def test_it(): ...", "not slow and not sql", True),
        ("def test_it(): ...", "slow or sql", False),
        ("@pytest.mark.sql\ndef test_it(): ...", "slow or sql", True),
        ("pytestmark = [pytest.mark.redteam('time')]", "slow or redteam", True),
        ("@pytest.mark.nightly\ndef test_it(): ...", "slow or sql", False),
        ("from tests.thinning import thinned", "slow or sql", True),
        ("from tests.thinning import thinned", "sql", False),
    ],
)
def test_a_file_is_held_to_have_what_its_text_names(tmp_path, text, chosen, is_held) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(text, encoding="utf-8")

    assert marks.is_held(chosen, path) is is_held
