"""The assistants that this server can be written into, one module each."""

from collections.abc import Sequence

from clickpipes_mcp.connecting.client import Client
from clickpipes_mcp.connecting.clients import (
    claude_code,
    claude_desktop,
    cline,
    codex,
    cursor,
    gemini,
    goose,
    jetbrains,
    vscode,
    windsurf,
    zed,
)

CLIENTS: Sequence[Client] = (
    claude_code.CLIENT,
    claude_desktop.CLIENT,
    cursor.CLIENT,
    vscode.CLIENT,
    codex.CLIENT,
    gemini.CLIENT,
    windsurf.CLIENT,
    zed.CLIENT,
    jetbrains.CLIENT,
    cline.CLIENT,
    goose.CLIENT,
)


def client_called(key: str) -> Client | None:
    """The assistant of that name; case, blanks and underscores say nothing."""
    wanted = key.strip().lower().replace("_", "-").replace(" ", "-")
    return next((one for one in CLIENTS if one.key == wanted), None)
