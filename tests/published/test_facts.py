"""The kept facts against the documents they come from, where those are at hand."""

import json
import os
from pathlib import Path

import pytest

from tests.published.facts import HERE, KEPT, written

VARIABLES = {"document.json": "CLICKPIPES_OPENAPI", "cases.json": "CLICKPIPES_API_CASES"}


@pytest.mark.parametrize("name", KEPT)
def test_the_kept_facts_are_those_of_the_document(name):
    if VARIABLES[name] not in os.environ:
        pytest.skip(f"{VARIABLES[name]} names no document")
    _, facts_of, depth = KEPT[name]
    document = json.loads(Path(os.environ[VARIABLES[name]]).read_text(encoding="utf-8"))
    assert (HERE / name).read_text(encoding="utf-8") == written(facts_of(document), depth)


@pytest.mark.parametrize("name", KEPT)
def test_the_kept_facts_are_without_prose(name):
    text = (HERE / name).read_text(encoding="utf-8")
    assert not any(f'"{word}": "' in text for word in ("summary", "example", "why"))
