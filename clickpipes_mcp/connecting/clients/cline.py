"""Cline."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="cline",
    title="Cline",
    user=lambda platform: (
        platform.settings
        / "Code"
        / "User"
        / "globalStorage"
        / "saoudrizwan.claude-dev"
        / "settings"
        / "cline_mcp_settings.json"
    ),
    below=("mcpServers",),
    documentation="https://docs.cline.bot/mcp/configuring-mcp-servers",
    first="Open the MCP servers of Cline: it starts by itself.",
)
