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


def test_what_the_words_of_a_step_promise_its_arguments_ask_for():
    steps = [step for entry in (*RULES, *ADVICE) for step in entry.fix]
    promised = {
        ("get_clickpipe_metrics", "two samples"): ("rates", True),
        ("get_source_guide", "authenticat"): ("topic", "authentication"),
        ("get_source_guide", "matrix"): ("topic", "authentication"),
    }
    for (tool, words), (name, value) in promised.items():
        told = [step for step in steps if step.code == tool and words in step.text]
        assert told
        assert {step.arguments.get(name) for step in told} == {value}
