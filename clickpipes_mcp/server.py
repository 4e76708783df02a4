"""The composition root: settings in, a server out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.mcpserver import MCPServer

from clickpipes_mcp import __version__
from clickpipes_mcp.app import App
from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import AsgiApp, CloudClient, open_client
from clickpipes_mcp.consent import PATIENCE_S, ConfirmationTokens
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.instructions import instructions
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS, Effect, ToolSpec
from clickpipes_mcp.tools._adapter import AdaptedTool

SERVER_NAME = "clickpipes"


def build_server(
    settings: Settings,
    clock: Clock | None = None,
    *,
    control_plane: AsgiApp | None = None,
    patience_s: float = PATIENCE_S,
) -> MCPServer[None]:
    """A server ready to be run over any transport.

    `control_plane` answers in the place of the API or of the built-in simulator; `patience_s` is
    how long a client is waited for that is known to leave questions unanswered.

    Raises:
        InvalidSettings: The settings name sources that do not exist.
    """
    clock = clock or SystemClock()
    client = _client(settings, clock, control_plane)
    app = App(settings, client, clock, Journal(settings.journal, clock))
    confirmations = ConfirmationTokens(clock)
    offered = offered_tools(settings)
    hidden = hidden_fields(settings)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        try:
            yield None
        finally:
            await client.aclose()

    return MCPServer(
        SERVER_NAME,
        title="ClickPipes",
        version=__version__,
        description="Managed ingestion pipes of ClickHouse Cloud",
        instructions=instructions(settings, {tool.name for tool in offered}),
        tools=[AdaptedTool.of(tool, app, confirmations, hidden, patience_s) for tool in offered],
        lifespan=lifespan,
        log_level="WARNING",
    )


def offered_tools(settings: Settings) -> tuple[ToolSpec[Any], ...]:
    """The tools these settings leave; read-only wins over everything."""
    known = {spec.key for spec in SOURCES}
    unknown = sorted(set(settings.sources) - known)
    if unknown:
        raise InvalidSettings(
            f"There is no source named {', '.join(unknown)}.",
            fix=f"CLICKPIPES_SOURCES may name {', '.join(spec.key for spec in SOURCES)}.",
        )
    return tuple(tool for tool in TOOLS if _is_offered(tool, settings))


def _is_offered(tool: ToolSpec[Any], settings: Settings) -> bool:
    if settings.read_only and tool.effect is not Effect.READ:
        return False
    if tool.source is not None and settings.sources and tool.source not in settings.sources:
        return False
    if settings.service_id is not None and tool.name == "list_services":
        return False
    return tool.toolset in settings.toolsets


def hidden_fields(settings: Settings) -> frozenset[str]:
    """Arguments that the operator has decided, which no tool shows or accepts."""
    hidden = set()
    if settings.service_id is not None:
        hidden.add("service")
    if settings.consent != "chat":
        hidden.add("confirmation_token")
    return frozenset(hidden)


def _client(settings: Settings, clock: Clock, control_plane: AsgiApp | None) -> CloudClient:
    if control_plane is not None or settings.environment == "cloud":
        return open_client(settings, clock, asgi_app=control_plane)
    from clickpipes_mcp.simulator import SimulatorOptions, build_simulator  # start-up cost

    options = SimulatorOptions(
        seed=settings.simulator_seed,
        speed=settings.simulator_speed,
        state_file=settings.simulator_state,
        dialect=settings.api_dialect,
    )
    return open_client(settings, clock, asgi_app=build_simulator(options, clock))
