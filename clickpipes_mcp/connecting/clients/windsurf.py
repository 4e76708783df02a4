"""Windsurf."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="windsurf",
    title="Windsurf",
    user=lambda platform: platform.home / ".codeium" / "windsurf" / "mcp_config.json",
    below=("mcpServers",),
    documentation="https://docs.windsurf.com/windsurf/cascade/mcp",
    first="Refresh the servers in the panel of Cascade.",
)
