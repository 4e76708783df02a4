"""What the chapter of the private pages consists of; the player's tests play it."""

from clickpipes_mcp.demo.private_pages import answered_on_pages
from clickpipes_mcp.demo.script import bodies

STEPS = answered_on_pages(bodies()["kafka"])


def test_what_is_answered_on_a_page_is_called_again_unchanged():
    visited = [index for index, step in enumerate(STEPS) if step.visit]
    assert [STEPS[index].tool for index in visited] == [
        "create_kafka_clickpipe",
        "delete_clickpipe",
    ]
    for asked, again in ((STEPS[index], STEPS[index + 1]) for index in visited):
        assert (asked.tool, asked.arguments) == (again.tool, again.arguments)
        assert asked.expected.error
        assert again.expected.error is None
        assert asked.is_unattended
        assert again.is_unattended
