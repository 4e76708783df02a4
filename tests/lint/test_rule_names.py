"""A rule is found by its id: it begins with the name of the file or the package it stands in."""

import re
from pathlib import Path

import pytest

import clickpipes_mcp

PACKAGE = Path(clickpipes_mcp.__file__).parent
FAMILY = re.compile(r"(?:RuleBook\(|family\(|_FAMILY = )\s*\"([a-z-]+)\.")
FAMILIES = [
    pytest.param(path.relative_to(PACKAGE), family, id=f"{path.stem}-{family}")
    for path in sorted(PACKAGE.rglob("*.py"))
    for family in sorted(set(FAMILY.findall(path.read_text(encoding="utf-8"))))
]


@pytest.mark.parametrize(("module", "family"), FAMILIES)
def test_a_family_of_rules_stands_in_a_file_of_its_name(module, family):
    names = [part.strip("_").replace("_", "-") for part in module.with_suffix("").parts]
    assert [name for name in names if name.startswith(family)]


def test_every_family_is_looked_at():
    assert {"kafka", "database", "scaling", "private-endpoint"} <= {
        parameter.values[1] for parameter in FAMILIES
    }
