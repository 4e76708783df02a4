"""LlamaIndex's tools: a process for every call."""

import asyncio

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from told import (
    ARGUMENTS,
    COMMAND,
    IN_CHAT,
    LOSING,
    READING,
    SETTINGS,
    WRONG,
    lose_with_a_relayed_yes,
    tell,
)


async def main() -> None:
    client = BasicMCPClient(COMMAND, ARGUMENTS, SETTINGS, timeout=60)
    tools = {tool.metadata.name: tool for tool in await McpToolSpec(client).to_tool_list_async()}
    read, wrong, lost = [
        await tools[name].acall(**given) for name, given in (READING, WRONG, LOSING)
    ]
    nested = tools["create_kafka_clickpipe"].metadata.get_parameters_dict()
    in_chat = McpToolSpec(BasicMCPClient(COMMAND, ARGUMENTS, IN_CHAT, timeout=60))
    relayed = {tool.metadata.name: tool for tool in await in_chat.to_tool_list_async()}
    tell(
        "llama-index-tools-mcp",
        tools=list(tools),
        read=read,
        wrong=wrong,
        lost=lost,
        shown=[nested["properties"][part]["description"] for part in ("source", "destination")],
        relayed=await lose_with_a_relayed_yes(lambda name, said: relayed[name].acall(**said)),
    )


asyncio.run(main())
