"""Pydantic AI's toolset."""

import asyncio

from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset
from told import ARGUMENTS, COMMAND, LOSING, READING, SETTINGS, WRONG, answer, tell


async def on_elicitation(message, _, params, __) -> ElicitResult:
    schema = getattr(params, "requested_schema", None) or params.requestedSchema
    return ElicitResult(action="accept", content=answer(message, schema))


async def main() -> None:
    transport = StdioTransport(COMMAND, ARGUMENTS, env=SETTINGS)
    async with MCPToolset(transport, elicitation_handler=on_elicitation) as toolset:
        tools = [tool.name for tool in await toolset.list_tools()]
        read = await toolset.direct_call_tool(*READING)
        try:
            wrong = await toolset.direct_call_tool(*WRONG)
        except Exception as error:  # noqa: BLE001 # how the framework shows an error
            wrong = error
        lost = await toolset.direct_call_tool(*LOSING)
    tell("pydantic-ai-slim", tools=tools, read=read, wrong=wrong, lost=lost)


asyncio.run(main())
