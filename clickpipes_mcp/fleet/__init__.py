"""All pipes at a glance: what people look at, in a terminal."""

from clickpipes_mcp.fleet.look import Fleet, PipeGlance
from clickpipes_mcp.fleet.watch import watch

__all__ = ["Fleet", "PipeGlance", "watch"]
