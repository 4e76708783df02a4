"""Codex."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="codex",
    title="Codex",
    user=lambda platform: platform.home / ".codex" / "config.toml",
    project=lambda platform: platform.project / ".codex" / "config.toml",
    below=("mcp_servers",),
    syntax="toml",
    documentation="https://developers.openai.com/codex/mcp",
    first="Start a new session.",
)
