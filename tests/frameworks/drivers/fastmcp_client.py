"""FastMCP's client."""

import asyncio

from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StdioTransport
from told import ARGUMENTS, COMMAND, LOSING, READING, SETTINGS, WRONG, answer, tell


async def on_elicitation(message, _, params, __) -> ElicitResult:
    schema = getattr(params, "requested_schema", None) or params.requestedSchema
    return ElicitResult(action="accept", content=answer(message, schema))


async def main() -> None:
    transport = StdioTransport(COMMAND, ARGUMENTS, env=SETTINGS)
    async with Client(transport, elicitation_handler=on_elicitation) as client:
        tools = [tool.name for tool in await client.list_tools()]
        read, wrong, lost = [
            await client.call_tool(*each, raise_on_error=False) for each in (READING, WRONG, LOSING)
        ]
    tell("fastmcp", tools=tools, read=read, wrong=wrong, lost=lost)


asyncio.run(main())
