"""Cursor."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="cursor",
    title="Cursor",
    user=lambda platform: platform.home / ".cursor" / "mcp.json",
    project=lambda platform: platform.project / ".cursor" / "mcp.json",
    below=("mcpServers",),
    documentation="https://cursor.com/docs/context/mcp",
    first="Switch the server on under Settings, MCP.",
)
