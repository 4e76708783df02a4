"""Every tool, in the order in which clients list them."""

from typing import Any

from clickpipes_mcp.tools import create, discovery, lifecycle, pipes, tuning, update
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec

TOOLS: tuple[ToolSpec[Any], ...] = (
    *pipes.TOOLS,
    *update.TOOLS,
    *lifecycle.TOOLS,
    *create.TOOLS,
    *tuning.TOOLS,
    *discovery.TOOLS,
)

__all__ = ["TOOLS", "Call", "Effect", "ToolSpec"]
