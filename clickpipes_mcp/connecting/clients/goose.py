"""Goose."""

from clickpipes_mcp.connecting.client import Client, Entry
from clickpipes_mcp.connecting.command import ServerCommand


def _entry(command: ServerCommand) -> Entry:
    return {
        "enabled": True,
        "type": "stdio",
        "name": "ClickPipes",
        "cmd": command.program,
        "args": list(command.arguments),
        "timeout": 300,
    }


CLIENT = Client(
    key="goose",
    title="Goose",
    user=lambda platform: platform.dot_config / "goose" / "config.yaml",
    below=("extensions",),
    entry=_entry,
    syntax="yaml",
    documentation="https://block.github.io/goose/docs/getting-started/using-extensions",
    first="Start a new session.",
)
