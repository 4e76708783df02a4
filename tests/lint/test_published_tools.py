"""Every tool, as published under every combination of flags, is fit for every client."""

import itertools
import re
from typing import Any

import jsonschema
import pytest
from mcp_types import Tool

from clickpipes_mcp.settings import DEFAULT_TOOLSETS, TOOLSETS
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.tools import TOOLS
from tests.lint.schema_lint import lint_tool, nodes

pytestmark = pytest.mark.anyio

FLAGS: dict[str, tuple[Any, ...]] = {
    "allow": ("read", "write", "destroy"),
    "toolsets": (DEFAULT_TOOLSETS, *((name,) for name in TOOLSETS)),
    "sources": ((), ("kafka", "postgres")),
    "service_id": (None, DEFAULT_SERVICE_ID),
    "consent": ("ask", "chat", "dangerously-off"),
}
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


def _said(flags: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in flags.items())


@pytest.mark.parametrize("flags", COMBINATIONS, ids=_said)
async def test_no_client_trips_over_any_tool(serve, flags) -> None:
    complaints = []
    for era in ("auto", "legacy"):
        tools = await (await serve(era=era, **flags)).tools()
        complaints += [line for tool in tools.values() for line in lint_tool(tool)]
        assert len(tools) <= MOST_TOOLS

    assert complaints == []


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
