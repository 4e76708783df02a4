"""A server whose settings cannot be used: it says so, where one that died would show nothing."""

from typing import Any, Final

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, Tool
from typing_extensions import override

from clickpipes_mcp import __version__
from clickpipes_mcp.calls import CallsUnderWay
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.instructions import SERVER_NAME, SERVER_TITLE
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools.known import known_tools
from clickpipes_mcp.tools.sdk.adapter import annotations, render_failure
from clickpipes_mcp.tools.sdk.published import published_input

ENVIRONMENT: Final = "no connection"


class RefusingServer(MCPServer[None]):
    """Offers the usual tools and opens nothing: every call is answered with what is wrong."""

    def __init__(self, wrong: InvalidSettings) -> None:
        self._wrong = wrong
        self.calls = CallsUnderWay()
        super().__init__(
            SERVER_NAME,
            title=SERVER_TITLE,
            version=__version__,
            instructions=f"This server cannot work. {wrong.message} Tell the person. {wrong.fix}",
            log_level="WARNING",
            subscriptions=False,
        )

    @override
    async def list_tools(self) -> list[Tool]:
        return [
            Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=published_input(tool),
                annotations=annotations(tool),
            )
            for tool in known_tools()
            if tool.toolset in DEFAULT_TOOLSETS
        ]

    @override
    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult:
        return render_failure(self._wrong, ENVIRONMENT)
