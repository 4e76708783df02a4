"""Panels: what a client draws beside an answer, and pages draw by themselves.

They are plain modules of a browser's own language. Each draws the structured content of an answer
and nothing else, so a panel knows no more than the assistant was told. As MCP Apps they are one
document each, without network; clients that do not show such documents are told of none.
"""

from clickpipes_mcp.panels.apps import (
    APP_MIME_TYPE,
    EXTENSION,
    PANELS,
    Panel,
    panel_of,
    shows_panels,
    with_panel,
)

__all__ = [
    "APP_MIME_TYPE",
    "EXTENSION",
    "PANELS",
    "Panel",
    "panel_of",
    "shows_panels",
    "with_panel",
]
