"""The least that this SDK can be: a server of one tool that repeats what it is told."""

from mcp.server.mcpserver import MCPServer
from serving import serve

mcp = MCPServer("floor")


@mcp.tool(structured_output=False)
async def echo(text: str) -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    serve(mcp)
