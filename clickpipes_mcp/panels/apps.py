"""Which panel belongs to which tool, and which clients show any.

Source: MCP Apps, specification 2026-01-26 (extension io.modelcontextprotocol/ui).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

EXTENSION: Final = "io.modelcontextprotocol/ui"
APP_MIME_TYPE: Final = "text/html;profile=mcp-app"


@dataclass(frozen=True)
class Panel:
    """A panel, and the fields of an answer that it draws: any of them."""

    name: str
    title: str
    draws: frozenset[str]

    @property
    def uri(self) -> str:
        """Where a client reads it."""
        return f"ui://clickpipes/{self.name}"


PANELS: Final = (
    Panel("change", "What a change does", frozenset({"costs", "left"})),
    Panel("pipe", "A ClickPipe", frozenset({"state_means"})),
    Panel("fleet", "All ClickPipes", frozenset({"clickpipes"})),
)
"""In the order in which they are tried: a plan of changes names ClickPipes too."""


def panel_of(answered: Collection[str]) -> Panel | None:
    """The panel for a tool whose answers may have these fields."""
    return next((one for one in PANELS if one.draws & set(answered)), None)


def shows_panels(extensions: Mapping[str, Any] | None) -> bool:
    """Whether a client that announces these extensions shows panels."""
    settings = (extensions or {}).get(EXTENSION)
    kinds = settings.get("mimeTypes") if isinstance(settings, Mapping) else None
    return isinstance(kinds, list | tuple) and APP_MIME_TYPE in kinds


def with_panel(output_schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a tool with this output is listed with; None where no panel draws it."""
    panel = panel_of((output_schema or {}).get("properties", {}))
    return None if panel is None else {"ui": {"resourceUri": panel.uri}}
