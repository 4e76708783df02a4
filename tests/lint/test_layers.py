"""What lists modules by hand lists all of them."""

import pkgutil
import tomllib
from importlib import import_module

import pytest

from clickpipes_mcp import sources
from clickpipes_mcp.sources import SOURCES
from tests.readme_blocks import BLOCKS, PYPROJECT, renewed

CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
ROOMS = [
    f"{sources.__name__}.{module.name}"
    for module in pkgutil.iter_modules(sources.__path__)
    if not module.name.startswith("_")
]
NO_SOURCES = {f"{sources.__name__}.known_differences"}


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in NO_SOURCES])
def test_a_room_of_the_sources_holds_a_source_that_is_registered(room):
    assert import_module(room).SPEC in SOURCES


def test_the_contract_of_independence_names_every_source():
    independent = CONTRACTS["No source imports another"]["modules"]
    assert independent == sorted(set(ROOMS) - NO_SOURCES)


@pytest.mark.parametrize("page", BLOCKS, ids=lambda page: page.name)
def test_what_of_a_page_is_generated_is_as_it_would_be_now(page):
    text = page.read_text(encoding="utf-8")
    assert renewed(page) == text, "run python tests/readme_blocks.py --write"
