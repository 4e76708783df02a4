"""The packages that other programs install from say what the code says."""

from clickpipes_mcp.packaging import KEPT, Description, differences, render


def test_the_kept_files_are_what_is_rendered():
    found = differences(KEPT, render(Description()))
    assert found == [], "run clickpipes-mcp package --write"
