"""Claude Desktop."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="claude-desktop",
    title="Claude Desktop",
    user=lambda platform: platform.settings / "Claude" / "claude_desktop_config.json",
    below=("mcpServers",),
    documentation="https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    first="Quit Claude Desktop and start it again.",
)
