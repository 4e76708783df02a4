"""From the steps of a diagnosis to calls."""

from clickpipes_mcp.diagnosis import ADVICE, RULES, StepKind
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.insight.next_steps import SUGGESTED


def test_every_tool_that_a_finding_names_can_be_suggested():
    usual = {tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS and not tool.source}
    named = {
        step.code
        for entry in (*RULES, *ADVICE)
        for step in entry.fix
        if step.kind is StepKind.TOOL_CALL
    }
    assert named & usual
    assert named & usual - {"diagnose_clickpipe"} <= SUGGESTED.keys()
