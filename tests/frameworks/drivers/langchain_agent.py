"""LangChain's adapters: a session as long as the conversation, and a process for every call."""

import asyncio

from langchain_mcp_adapters.callbacks import Callbacks
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp.types import ElicitResult
from told import (
    ARGUMENTS,
    COMMAND,
    IN_CHAT,
    LOSING,
    READING,
    SETTINGS,
    WRONG,
    answer,
    lose_with_a_relayed_yes,
    tell,
)


async def on_elicitation(_, params, __) -> ElicitResult:
    return ElicitResult(action="accept", content=answer(params.message, params.requestedSchema))


async def main() -> None:
    server = {"command": COMMAND, "args": ARGUMENTS, "env": SETTINGS, "transport": "stdio"}
    client = MultiServerMCPClient(
        {"clickpipes": server}, callbacks=Callbacks(on_elicitation=on_elicitation)
    )
    each = {tool.name: tool for tool in await client.get_tools()}
    alone = await each[READING[0]].ainvoke(READING[1])
    async with client.session("clickpipes") as session:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        read = await tools[READING[0]].ainvoke(READING[1])
        try:
            wrong = await tools[WRONG[0]].ainvoke(WRONG[1])
        except Exception as error:  # noqa: BLE001 # how the framework shows an error
            wrong = error
        lost = await tools[LOSING[0]].ainvoke(LOSING[1])
    in_chat = MultiServerMCPClient({"clickpipes": {**server, "env": IN_CHAT}})
    relayed = {tool.name: tool for tool in await in_chat.get_tools()}
    tell(
        "langchain-mcp-adapters",
        tools=list(each),
        read=[alone, read],
        wrong=wrong,
        lost=lost,
        relayed=await lose_with_a_relayed_yes(lambda name, said: relayed[name].ainvoke(said)),
    )


asyncio.run(main())
