"""What a server does for clients that show panels; for all others it changes not an octet."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from pydantic import AnyUrl
from typing_extensions import override

from clickpipes_mcp.panels import APP_MIME_TYPE, PANELS, shows_panels, with_panel
from clickpipes_mcp.panels.document import document
from clickpipes_mcp.panels.figures import SERIES, Figures, Past, figures_for


class PanelServer(MCPServer[None]):
    """Names the panel of each tool, gives panels to read, and figures over time to draw."""

    @property
    @abstractmethod
    def called_by_panels(self) -> Sequence[str]:
        """The tools that a panel may call by itself."""

    @abstractmethod
    def past_of(self, pipe: str, state: str, arguments: Mapping[str, Any]) -> Past:
        """What was read of a pipe before, where a call with these arguments went."""

    def figures(self, content: Mapping[str, Any], arguments: Mapping[str, Any]) -> Figures:
        """What is drawn beside the structured content that a call with these arguments answered."""
        return figures_for(
            content, arguments, lambda pipe, state: self.past_of(pipe, state, arguments)
        )

    @override
    async def _handle_list_tools(
        self, ctx: ServerRequestContext[None], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        listed = await super()._handle_list_tools(ctx, params)
        if not _shows(ctx):
            return listed
        tools = [
            tool.model_copy(update={"meta": with_panel(tool.output_schema)})
            for tool in listed.tools
        ]
        return listed.model_copy(update={"tools": tools})

    @override
    async def _handle_call_tool(
        self, ctx: ServerRequestContext[None], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        result = await super()._handle_call_tool(ctx, params)
        if not isinstance(result, CallToolResult) or result.is_error or not _shows(ctx):
            return result
        figures = self.figures(result.structured_content or {}, params.arguments or {})
        meta = {**(result.meta or {}), SERIES: figures}
        return result.model_copy(update={"meta": meta}) if figures else result

    @override
    async def read_resource(
        self, uri: AnyUrl | str, context: Context[None, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        panel = next((one for one in PANELS if one.uri == str(uri)), None)
        if panel is None:
            return await super().read_resource(uri, context)
        html = document(panel, tuple(self.called_by_panels))
        return [ReadResourceContents(content=html, mime_type=APP_MIME_TYPE)]


def _shows(ctx: ServerRequestContext[None]) -> bool:
    announced = ctx.session.client_capabilities
    return announced is not None and shows_panels(announced.extensions)
