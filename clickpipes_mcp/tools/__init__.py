"""Every tool: `TOOLS`, in the order in which clients list them.

Asking for them imports the code of all, which a server puts off until one is called.
"""

from typing import TYPE_CHECKING

from clickpipes_mcp.tools.record import Call, Effect, ToolSpec

if TYPE_CHECKING:
    from clickpipes_mcp.tools.registry import TOOLS
else:

    def __getattr__(name: str) -> object:
        if name != "TOOLS":
            raise AttributeError(name)
        from clickpipes_mcp.tools.registry import TOOLS

        return TOOLS


__all__ = ["TOOLS", "Call", "Effect", "ToolSpec"]
