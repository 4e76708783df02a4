"""Every framework loads all tools, calls one, and sees an error and a question as it should."""

import pytest

from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools import TOOLS
from tests.frameworks.frameworks import FRAMEWORKS, PIPE, converse, row
from tests.frameworks.support import PAGE, without_release

pytestmark = pytest.mark.nightly

OFFERED = {tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS} - {"list_services"}
"""With a pinned service."""


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda one: one.driver)
def test_a_framework_sees_what_it_should(framework):
    seen = converse(framework)

    assert set(seen.tools) == OFFERED
    assert PIPE in seen.read
    assert "[simulator]" in seen.read or "'environment': 'simulator'" in seen.read
    assert "unknown_clickpipe" in seen.wrong
    if framework.asks == "form":
        assert [PIPE in question for question in seen.asked] == [True]
        assert "Deleting" in seen.lost
    else:
        assert seen.asked == ()
        assert "consent_required" in seen.lost
        assert "/approve/" in seen.lost
    assert seen.more.get("strict", len(OFFERED)) == len(OFFERED)
    for shown in seen.more.get("shown", ()):
        assert ": at least {" in shown
    if "relayed" in seen.more:
        question, yes, again = seen.more["relayed"]
        assert "Not done yet." in question
        assert "Deleting" in yes
        assert "Deleting" not in again

    kept = [without_release(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    assert without_release(row(framework, seen)) in kept, (
        "python -m tests.frameworks.support --write"
    )
