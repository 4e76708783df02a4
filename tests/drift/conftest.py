"""The published document."""

import pytest

from tests.published.facts import kept


@pytest.fixture
def published():
    """The facts of the document that ClickHouse Cloud publishes, to be changed."""
    return kept("document.json")
