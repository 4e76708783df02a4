"""One call of one tool by a client in this process, and the questions that it leads to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcp import Client, MCPError
from mcp.client.session import ClientRequestContext
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent

from clickpipes_mcp.errors import CallerError
from clickpipes_mcp.server import ClickPipesServer

Ask = Callable[[str, Mapping[str, object]], Mapping[str, str] | None]
"""Shows a question with what it wants to know; answers by name, or None where nobody agrees."""


@dataclass(frozen=True)
class Answer:
    """What a tool answered, as an assistant reads it and as data."""

    text: str
    content: Mapping[str, object]
    is_error: bool


async def call_once(
    server: ClickPipesServer, tool: str, arguments: Mapping[str, object], ask: Ask | None
) -> Answer:
    """Call a tool as an MCP client does; without `ask` nobody can be asked.

    No page is shown: it would be gone with the call.

    Raises:
        CallerError: There is no such tool.
    """

    async def elicited(
        context: ClientRequestContext,  # noqa: ARG001 # as the SDK calls it
        params: ElicitRequestParams,
    ) -> ElicitResult:
        if ask is None or not isinstance(params, ElicitRequestFormParams):
            return ElicitResult(action="cancel")
        given = ask(params.message, params.requested_schema["properties"])
        if given is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content=dict(given))

    server.desk.host = None
    async with Client(server, elicitation_callback=elicited if ask else None) as client:
        try:
            result = await client.call_tool(tool, dict(arguments))
        except MCPError as error:
            refused = str(error)  # raised in here, the SDK would wrap it in a group
        else:
            refused = ""
    if refused:
        raise CallerError(refused)
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    return Answer(text, result.structured_content or {}, is_error=bool(result.is_error))
