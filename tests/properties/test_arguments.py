"""Whatever a published schema allows ends in a request the API can read, or in a correction."""

import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import event, given, settings
from hypothesis import strategies as st
from mcp_types import CallToolResult

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call
from tests import serving
from tests.properties.strategies import object_of, spelt, variation_of
from tests.serving import PIPES, POSTGRES, S3, SERVICE, Served, said

A_FEW, MORE, MANY = 40, 200, 10_000
SHAPE = re.compile(r"request body\.?([\w.\[\]]*)")
BY_NAME = {tool.name: tool for tool in TOOLS}
CREATES = [source.key for source in SOURCES]
OTHERS = [tool.name for tool in TOOLS if tool.source is None]
CODES = {
    "invalid_arguments",
    "refused_by_api",
    "conflict",
    "secret_unavailable",
    "invalid_call",
    "unknown_clickpipe",
}
# A warning about one field after which the API may take offence at its companions too.
PREVIEWS = ("bigquery.cdc-not-documented",)


class Reached:
    """One server for many examples. No dataclass: those are shown whole beside a failing one."""

    def __init__(self, portal: BlockingPortal, served: Served) -> None:
        self.portal = portal
        self.served = served

    def schema(self, tool: str) -> dict[str, Any]:
        return dict(self.portal.call(self.served.tools)[tool].input_schema)

    def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool in a world as it was at the beginning."""
        self.served.plane.arrived.clear()
        return self.portal.call(lambda: self.served.call(tool, **arguments))

    def clear(self) -> None:
        """Remove what examples created."""
        self.portal.call(self._clear)

    async def _clear(self) -> None:
        plane = self.served.plane
        for pipe in await plane.by_somebody_else("GET", PIPES):
            await plane.by_somebody_else("DELETE", f"{PIPES}/{pipe['id']}")
        self.served.clock.advance(600)


@asynccontextmanager
async def _serving(**settings: Any) -> Any:
    async with AsyncExitStack() as stack:
        yield await serving.serve(stack, consent="dangerously-off", toolsets=TOOLSETS, **settings)


@contextmanager
def _reached(**settings: Any) -> Iterator[Reached]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_serving(**settings)) as served,
    ):
        yield Reached(portal, served)


@pytest.fixture(scope="module")
def reached() -> Iterator[Reached]:
    with _reached() as server:
        yield server


@pytest.fixture(scope="module")
def with_pipes() -> Iterator[Reached]:
    with _reached() as server:
        for body in (POSTGRES, S3):
            server.portal.call(server.served.pipe, body)
        yield server


def literal(value: Any) -> Any:
    """An example without references to secrets that are not here."""
    if isinstance(value, dict):
        return {key: literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [literal(inner) for inner in value]
    return "example-secret" if isinstance(value, str) and value.startswith("${") else value


def assert_helpful(result: CallToolResult, tool: str, arguments: dict[str, Any]) -> None:
    """A refusal is one an assistant can act on, in a form the API was able to read."""
    content = result.structured_content
    assert content is not None, said(result)
    assert content["code"] in CODES, said(result)
    if content["code"] == "invalid_arguments":
        for problem in content["problems"]:
            assert problem["problem"]
            assert problem.get("field") or problem.get("fix"), problem
    if content["code"] == "refused_by_api":
        assert_warned(said(result), tool, arguments)


def assert_warned(text: str, tool: str, arguments: dict[str, Any]) -> None:
    """The API may dislike a form only where a warning had said that it might."""
    found = SHAPE.search(text)
    if not found:
        return
    warnings = valid_call(BY_NAME[tool], {"service": SERVICE, **arguments}).warnings
    leaf = snake_case(re.sub(r"\[\d+\]", "", found[1]).rpartition(".")[2])
    warned = [snake_case(warning.partition(":")[0]) for warning in warnings]
    assert any(leaf in place for place in warned) or any(
        preview in warning for warning in warnings for preview in PREVIEWS
    ), text


def created(reached: Reached, key: str, data: st.DataObject) -> None:
    """One example of a create: sent as it should be, or refused with help."""
    tool = f"create_{key}_clickpipe"
    schema = reached.schema(tool)
    source = next(one for one in SOURCES if one.key == key)
    arguments = data.draw(
        variation_of(literal(dict(source.example)), schema) | object_of(schema), label="meant"
    )
    arguments.pop("service", None)
    arguments = data.draw(spelt(arguments), label="written")
    if not isinstance(arguments, dict):
        arguments = json.loads(arguments)

    result = reached.call(tool, arguments)

    writes = reached.served.plane.writes
    event(str((result.structured_content or {}).get("code", "accepted")))
    if result.is_error:
        assert_helpful(result, tool, arguments)
        assert (result.structured_content or {})["code"] == "refused_by_api" or writes == []
    elif "Dry run" not in said(result):
        assert [(write.method, write.path) for write in writes] == [("POST", PIPES)]
        reached.clear()
    else:
        assert writes == []


@pytest.mark.parametrize("key", CREATES)
@settings(max_examples=A_FEW)
@given(data=st.data())
def test_a_create_is_sent_or_corrected(reached, key, data) -> None:
    created(reached, key, data)


@pytest.mark.slow
@pytest.mark.parametrize("key", CREATES)
@settings(max_examples=MORE)
@given(data=st.data())
def test_a_create_is_sent_or_corrected_more_often(reached, key, data) -> None:
    created(reached, key, data)


@pytest.mark.nightly
@pytest.mark.parametrize("key", CREATES)
@settings(max_examples=MANY, derandomize=False)
@given(data=st.data())
def test_a_create_is_sent_or_corrected_however_long_one_tries(reached, key, data) -> None:
    created(reached, key, data)


@pytest.mark.parametrize("tool", OTHERS)
@settings(max_examples=A_FEW)
@given(data=st.data())
def test_any_other_tool_answers_or_corrects(with_pipes, tool, data) -> None:
    schema = with_pipes.schema(tool)
    arguments = data.draw(object_of(schema), label="meant")
    arguments.pop("service", None)
    if "clickpipe" in schema["properties"]:
        arguments["clickpipe"] = data.draw(st.sampled_from([POSTGRES["name"], S3["name"], "x"]))
    arguments = data.draw(spelt(arguments), label="written")
    if not isinstance(arguments, dict):
        arguments = json.loads(arguments)

    result = with_pipes.call(tool, arguments)

    if result.is_error:
        assert (result.structured_content or {})["code"] in CODES, said(result)
