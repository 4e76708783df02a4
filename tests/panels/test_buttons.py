"""No button of a panel does what only a person or the assistant may: it is said, not done."""

import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.tools import TOOLS
from tests.panels.test_in_host import browser, library

__all__ = ["browser", "library"]

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

CHANGING = [tool.name for tool in TOOLS if not tool.effect.is_read_only]
PRESS = """async (main, tools) => {
  const named = (tool) => [...main.querySelectorAll("button")]
    .find((one) => one.textContent === `${tool}: because`);
  for (const tool of tools) {
    named(tool).click();
    while (main.ariaBusy === "true") await new Promise((go) => setTimeout(go, 1));
  }
}"""
"""Press the button of each tool, one after the other."""

DRAWN = {"fleet": {"clickpipes": []}, "pipe": {"state_means": "ingesting"}, "change": {"costs": []}}
"""What a panel is known by in an answer."""


async def test_a_button_for_a_tool_that_changes_anything_only_tells_the_conversation(
    browser,
) -> None:
    proposed = [
        {"tool": tool, "arguments": {"clickpipe": "orders"}, "why": "because"} for tool in CHANGING
    ]
    answers = [
        CallToolResult(
            content=[],
            structured_content={"summary": f"As {panel}.", "next_actions": proposed, **facts},
        )
        for panel, facts in DRAWN.items()
    ]
    host = await browser.show("fleet", answers[0])
    pressed = [CHANGING, CHANGING[:1], CHANGING[:1]]
    for answer, tools in zip(answers, pressed, strict=True):
        await host.give(answer)
        await host.frame.locator("main").evaluate(PRESS, tools)
    assert host.called == []
    told = 'Please call %s with {"clickpipe":"orders"}.'
    assert host.said == [told % tool for tools in pressed for tool in tools]
