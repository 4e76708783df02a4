"""The generation of the Python SDK before ours."""

import asyncio

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import ElicitResult
from told import ARGUMENTS, COMMAND, LOSING, READING, SETTINGS, WRONG, answer, tell


async def on_elicitation(_, params) -> ElicitResult:
    return ElicitResult(action="accept", content=answer(params.message, params.requestedSchema))


async def main() -> None:
    server = StdioServerParameters(command=COMMAND, args=ARGUMENTS, env=SETTINGS)
    async with (
        stdio_client(server) as (read_from, write_to),
        ClientSession(read_from, write_to, elicitation_callback=on_elicitation) as session,
    ):
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        read, wrong, lost = [await session.call_tool(*each) for each in (READING, WRONG, LOSING)]
    tell("mcp", tools=tools, read=read, wrong=wrong, lost=lost)


asyncio.run(main())
