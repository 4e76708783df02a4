"""JetBrains Junie."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="jetbrains",
    title="JetBrains Junie",
    user=lambda platform: platform.home / ".junie" / "mcp" / "mcp.json",
    project=lambda platform: platform.project / ".junie" / "mcp" / "mcp.json",
    below=("mcpServers",),
    documentation="https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html",
    first="Open Settings, Tools, Junie, MCP Settings, and switch it on.",
)
