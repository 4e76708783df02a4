"""What to say of the tools that the operator's settings leave out, when they are asked for."""

import difflib
from collections.abc import Collection
from typing import Any

from clickpipes_mcp.app import App
from clickpipes_mcp.errors import CallerError, ClickPipesError, ToolUnavailable
from clickpipes_mcp.offering import absence, level_needed
from clickpipes_mcp.scopes import scope_of
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.tools.fences import SCOPE_FIX, SCOPE_MISSING
from clickpipes_mcp.tools.known import known_tools
from clickpipes_mcp.tools.record import ToolSpec


def check_offered(tool: ToolSpec[Any], app: App) -> None:
    """Refuse what the caller's token, or the connection of a call leaves out.

    Raises:
        ToolUnavailable: With who can change that.
    """
    settings = app.settings
    why = absence(tool, settings)
    if why is not None and app.is_held:
        scope = scope_of(level_needed(tool.effect, settings))
        raise ToolUnavailable(f"{tool.name} exists, but {SCOPE_MISSING} {scope}.", fix=SCOPE_FIX)
    if why is not None:
        raise ToolUnavailable(
            f"{tool.name} exists, but not through the connection {settings.called}: {why.reason}.",
            fix="Tell the person. The operator decides this for each connection, in the file of "
            "connections.",
        )


def explain_absence(name: str, settings: Settings, offered: Collection[str]) -> ClickPipesError:
    """What to answer to a call of a tool that is not there."""
    tool = next((tool for tool in known_tools() if tool.name == name), None)
    why = absence(tool, settings) if tool else None
    if why is None:
        near = difflib.get_close_matches(name, offered, n=1)
        meant = f"Did you mean {near[0]}?" if near else "The tools of this server are listed."
        return CallerError("This server has no tool of that name.", fix=meant)
    return ToolUnavailable(
        f"{name} exists, but {why.reason}.",
        fix=f"Tell the person. To offer it, the operator {why.change} and restarts the server.",
    )
