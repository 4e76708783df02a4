"""Tools by what is known of them before their code is imported, which takes long.

A call imports the code of its tool; a start imports none.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from clickpipes_mcp.listed_tools import ListedTool, listed_tools
from clickpipes_mcp.published_schemas import kept
from clickpipes_mcp.tools.record import ToolSpec


@dataclass(frozen=True)
class KnownTool(ListedTool):
    """What is said of a tool. Its `spec` is imported where it is asked for."""

    title: str
    description: str

    @cached_property
    def spec(self) -> ToolSpec[Any]:
        """The whole record."""
        found: ToolSpec[Any] = next(
            tool for tool in import_module(self.module).TOOLS if tool.name == self.name
        )
        return found


@cache
def known_tools() -> tuple[KnownTool, ...]:
    """Every tool, in the order in which clients list them.

    They are read from the files of this version, and where these cannot be read from the records.
    """
    try:
        return tuple(_by_file(tool) for tool in listed_tools())
    except (OSError, ValueError):
        from clickpipes_mcp.tools.registry import TOOLS, known_of_all

        return tuple(
            KnownTool(**vars(tool), title=spec.title, description=spec.description)
            for tool, spec in zip(known_of_all(), TOOLS, strict=True)
        )


def _by_file(tool: ListedTool) -> KnownTool:
    file = kept(tool.name)
    if file is None:
        raise ValueError(tool.name)
    return KnownTool(**vars(tool), title=file["title"], description=file["description"])


@cache
def about_a_service() -> frozenset[str]:
    """The names of the tools of which a call may name a service."""
    return frozenset(tool.name for tool in known_tools() if tool.concerns_a_service)
