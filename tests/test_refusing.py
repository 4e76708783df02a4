"""A server whose settings cannot be used."""

import pytest
from mcp import Client

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.refusing import RefusingServer
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools import TOOLS
from tests.serving import error

pytestmark = pytest.mark.anyio


async def test_every_tool_answers_what_is_wrong(era) -> None:
    wrong = InvalidSettings("CLICKPIPES_RO is not a setting.", fix="The operator mends it.")
    async with Client(RefusingServer(wrong), mode=era) as client:
        offered = [tool.name for tool in (await client.list_tools()).tools]
        answers = [error(await client.call_tool(name, {"x": 1})) for name in offered]

        assert wrong.message in client.instructions

    assert offered == [tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS]
    assert {(one["code"], one["problem"], one["fix"]) for one in answers} == {
        ("invalid_settings", wrong.message, wrong.fix)
    }
