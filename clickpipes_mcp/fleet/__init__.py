"""All pipes at a glance: what people look at, in a terminal, a panel or on a page."""

from clickpipes_mcp.fleet.look import Fleet, PipeGlance
from clickpipes_mcp.fleet.past import past_of
from clickpipes_mcp.fleet.watch import watch

__all__ = ["Fleet", "PipeGlance", "past_of", "watch"]
