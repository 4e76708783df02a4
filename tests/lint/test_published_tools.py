"""Every tool, as published under every combination of flags, is fit for every client."""

import itertools
import marshal
import re
from contextlib import AsyncExitStack
from typing import Any

import jsonschema
import pytest
from mcp_types import Tool

from clickpipes_mcp.settings import DEFAULT_TOOLSETS, TOOLSETS
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.tools import TOOLS
from tests import serving
from tests.lint.schema_lint import lint_tool, nodes

pytestmark = pytest.mark.anyio

FLAGS: dict[str, tuple[Any, ...]] = {
    "allow": ("read", "write", "destroy"),
    "toolsets": (DEFAULT_TOOLSETS, *((name,) for name in TOOLSETS)),
    "sources": ((), ("kafka", "postgres")),
    "service_id": (None, DEFAULT_SERVICE_ID),
    "consent": ("ask", "chat", "dangerously-off"),
}
TOOLSETS_TOGETHER = FLAGS.pop("toolsets")
COMBINATIONS = [
    dict(zip(FLAGS, values, strict=True)) for values in itertools.product(*FLAGS.values())
]
NAMES = [tool.name for tool in TOOLS]
MOST_TOOLS = 34
VERBS = [
    "Change",
    "Connect",
    "Create",
    "Delete",
    "List",
    "Load",
    "Show",
    "Start",
    "Stop",
    "Try",
    "Wait",
]


_complaints: dict[bytes, list[str]] = {}


def _complaints_of(tool: Tool) -> list[str]:
    """Most tools are the same under most settings."""
    same = marshal.dumps(tool.model_dump(mode="json"))
    if same not in _complaints:
        _complaints[same] = lint_tool(tool)
    return _complaints[same]


@pytest.mark.parametrize("toolsets", TOOLSETS_TOGETHER, ids=",".join)
async def test_no_client_trips_over_any_tool(toolsets) -> None:
    for flags, era in itertools.product(COMBINATIONS, ("auto", "legacy")):
        async with AsyncExitStack() as stack:
            served = await serving.serve(stack, era=era, toolsets=toolsets, **flags)
            tools = await served.tools()
        complaints = [line for tool in tools.values() for line in _complaints_of(tool)]

        assert complaints == [], (flags, era)
        assert len(tools) <= MOST_TOOLS, (flags, era)


_published: dict[str, Tool] = {}


@pytest.fixture
async def published(serve) -> dict[str, Tool]:
    """All tools by name; asked for once."""
    if not _published:
        _published.update(await (await serve(toolsets=TOOLSETS)).tools())
    return _published


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("create_")])
async def test_a_description_begins_with_what_the_tool_does(published, name) -> None:
    assert published[name].description.split()[0] in VERBS


@pytest.mark.parametrize("name", NAMES)
async def test_input_and_output_schemas_are_valid_json_schema(published, name) -> None:
    jsonschema.Draft202012Validator.check_schema(published[name].input_schema)
    jsonschema.Draft202012Validator.check_schema(published[name].output_schema)


@pytest.mark.parametrize("name", NAMES)
async def test_reads_and_writes_never_share_a_tool(published, name) -> None:
    hints = published[name].annotations
    properties = published[name].input_schema["properties"]

    assert ("dry_run" in properties) is not hints.read_only_hint
    assert not {"action", "command", "operation"} & properties.keys()


@pytest.mark.parametrize("name", NAMES)
async def test_names_within_schemas_are_snake_case(published, name) -> None:
    names = [
        inner
        for schema in (published[name].input_schema, published[name].output_schema)
        for _, node in nodes(schema)
        for inner in node.get("properties", {})
    ]

    assert [inner for inner in names if not re.fullmatch(r"[a-z][a-z0-9_]*", inner)] == []


async def test_both_eras_publish_the_same_tools(serve) -> None:
    modern = await serve(era="auto", toolsets=TOOLSETS)
    legacy = await serve(era="legacy", toolsets=TOOLSETS)

    assert await modern.tools() == await legacy.tools()
