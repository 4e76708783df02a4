"""A conversation that shows the server at work on the simulator: on one screen, or whole."""

from clickpipes_mcp.demo.player import play
from clickpipes_mcp.demo.real_postgres import NoDatabase
from clickpipes_mcp.demo.screen import Screen
from clickpipes_mcp.demo.script import chapters
from clickpipes_mcp.demo.short_script import short_chapters
from clickpipes_mcp.demo.stage import Era

__all__ = ["Era", "NoDatabase", "Screen", "chapters", "play", "short_chapters"]
