"""LlamaIndex's tools: a process for every call."""

import asyncio

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from told import ARGUMENTS, COMMAND, LOSING, READING, SETTINGS, WRONG, tell


async def main() -> None:
    client = BasicMCPClient(COMMAND, ARGUMENTS, SETTINGS, timeout=60)
    tools = {tool.metadata.name: tool for tool in await McpToolSpec(client).to_tool_list_async()}
    read, wrong, lost = [
        await tools[name].acall(**given) for name, given in (READING, WRONG, LOSING)
    ]
    nested = tools["create_kafka_clickpipe"].metadata.get_parameters_dict()
    tell(
        "llama-index-tools-mcp", tools=list(tools), read=read, wrong=wrong, lost=lost, nested=nested
    )


asyncio.run(main())
