"""Gemini CLI."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="gemini",
    title="Gemini CLI",
    user=lambda platform: platform.home / ".gemini" / "settings.json",
    project=lambda platform: platform.project / ".gemini" / "settings.json",
    below=("mcpServers",),
    documentation="https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md",
    first="Start a new session, or run /mcp in one.",
)
