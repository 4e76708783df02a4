"""The least that a tool over this API can be: the body of an answer, passed through as text."""

import os

import httpx2
from mcp.server.mcpserver import MCPServer
from serving import serve

mcp = MCPServer("pass-through")
api = httpx2.AsyncClient(
    base_url=os.environ["CLICKPIPES_API_URL"],
    auth=(os.environ["CLICKPIPES_KEY_ID"], os.environ["CLICKPIPES_KEY_SECRET"]),
    timeout=60,
)


@mcp.tool(structured_output=False)
async def read(path: str) -> str:
    """Read a path of the API."""
    answer = await api.get(path)
    return answer.text


if __name__ == "__main__":
    serve(mcp)
