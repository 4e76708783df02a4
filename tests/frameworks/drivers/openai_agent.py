"""The OpenAI Agents SDK, its schemas made strict: what may be left out comes as null."""

import asyncio
import json

from agents.mcp import MCPServerStdio, MCPUtil
from agents.tool_context import ToolContext
from told import ARGUMENTS, COMMAND, LOSING, READING, SETTINGS, WRONG, tell


def filled(schema: dict, given: dict) -> dict:
    """The arguments as a strict model writes them: every property, null where there is nothing."""
    return {name: given.get(name) for name in schema["properties"]}


async def main() -> None:
    params = {"command": COMMAND, "args": ARGUMENTS, "env": SETTINGS}
    async with MCPServerStdio(params, client_session_timeout_seconds=60) as server:
        listed = await server.list_tools()
        tools = {
            tool.name: MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=True)
            for tool in listed
        }

        async def call(name: str, given: dict) -> object:
            tool = tools[name]
            text = json.dumps(filled(tool.params_json_schema, given))
            context = ToolContext(None, tool_name=name, tool_call_id="1", tool_arguments=text)
            return await tool.on_invoke_tool(context, text)

        read, wrong, lost = [await call(*each) for each in (READING, WRONG, LOSING)]
        # A tool without arguments has nothing to be strict about, and is left as it is.
        strict = sum(
            tool.strict_json_schema or not tool.params_json_schema["properties"]
            for tool in tools.values()
        )
    tell("openai-agents", tools=list(tools), read=read, wrong=wrong, lost=lost, strict=strict)


asyncio.run(main())
