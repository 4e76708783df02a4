"""VS Code."""

from clickpipes_mcp.connecting.client import Client, Entry, standard_entry
from clickpipes_mcp.connecting.command import ServerCommand


def _entry(command: ServerCommand) -> Entry:
    return {"type": "stdio", **standard_entry(command)}


CLIENT = Client(
    key="vscode",
    title="VS Code",
    user=lambda platform: platform.settings / "Code" / "User" / "mcp.json",
    project=lambda platform: platform.project / ".vscode" / "mcp.json",
    below=("servers",),
    entry=_entry,
    documentation="https://code.visualstudio.com/docs/copilot/customization/mcp-servers",
    first="Run the command MCP: List Servers, start it and trust it.",
)
