"""A conversation that shows the whole server at work, played on the simulator."""

from clickpipes_mcp.demo.player import play
from clickpipes_mcp.demo.script import chapters
from clickpipes_mcp.demo.stage import Era

__all__ = ["Era", "chapters", "play"]
