"""Claude Code."""

from clickpipes_mcp.connecting.client import Client, Entry, standard_entry
from clickpipes_mcp.connecting.command import ServerCommand


def _entry(command: ServerCommand) -> Entry:
    return {"type": "stdio", **standard_entry(command)}


CLIENT = Client(
    key="claude-code",
    title="Claude Code",
    user=lambda platform: platform.home / ".claude.json",
    project=lambda platform: platform.project / ".mcp.json",
    below=("mcpServers",),
    entry=_entry,
    documentation="https://code.claude.com/docs/en/mcp",
    first="Start a new session, or run /mcp in one.",
)
