"""The files that other programs install this server from, all rendered from one description."""

from clickpipes_mcp.packaging.description import NEXT_RELEASE, Description
from clickpipes_mcp.packaging.files import KEPT, differences, render, write
from clickpipes_mcp.packaging.targets import TARGETS

__all__ = ["KEPT", "NEXT_RELEASE", "TARGETS", "Description", "differences", "render", "write"]
