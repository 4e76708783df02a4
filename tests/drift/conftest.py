"""The published document, where it is at hand."""

import json
import os
from pathlib import Path

import pytest

_BESIDE_THE_REPOSITORY = (
    Path(__file__).parents[3] / "shared" / "reference" / "clickpipes-openapi.json"
)


@pytest.fixture(scope="session")
def published_text() -> str:
    """The part about ClickPipes of the document that ClickHouse Cloud publishes."""
    path = Path(os.environ.get("CLICKPIPES_OPENAPI", _BESIDE_THE_REPOSITORY))
    if not path.exists():
        pytest.skip("CLICKPIPES_OPENAPI names no published document")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def published(published_text):
    """The same, to be changed."""
    return json.loads(published_text)
