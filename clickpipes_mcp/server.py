"""The composition root: settings in, a server out."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from pathlib import Path
from typing import Any

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import Prompt
from mcp.server.request_state import RequestStateSecurity
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    ReadResourceRequestParams,
    ReadResourceResult,
)
from typing_extensions import override

from clickpipes_mcp import __version__
from clickpipes_mcp.app import App, Apps
from clickpipes_mcp.app_opening import kept_ledger, open_app, shared_key
from clickpipes_mcp.callers_trace import traced_where_followed
from clickpipes_mcp.calls import CallsUnderWay
from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import AsgiApp
from clickpipes_mcp.completion import Completer
from clickpipes_mcp.consent import (
    PATIENCE_S,
    ConfirmationTokens,
    Desk,
    Passkey,
    Pin,
)
from clickpipes_mcp.errors import InvalidSettings, NextAction, ShuttingDown, ToolUnavailable
from clickpipes_mcp.instructions import (
    SERVER_DESCRIPTION,
    SERVER_NAME,
    SERVER_TITLE,
    instructions,
)
from clickpipes_mcp.offering import CONNECTION, absence_anywhere, hidden_anywhere, level_needed
from clickpipes_mcp.pages import LoopbackPages, Notices
from clickpipes_mcp.panel_server import PanelServer
from clickpipes_mcp.panels.figures import Past
from clickpipes_mcp.prompts import check, prompts
from clickpipes_mcp.redaction import redact
from clickpipes_mcp.request_ids import RequestIds
from clickpipes_mcp.resources import Pages
from clickpipes_mcp.settings import LEVELS, Level, Settings
from clickpipes_mcp.skills import REFERENCE, Skills
from clickpipes_mcp.sources import SOURCE_KEYS
from clickpipes_mcp.store import Store, StoredPages
from clickpipes_mcp.tools.known import KnownTool, known_tools
from clickpipes_mcp.tools.offering import explain_absence
from clickpipes_mcp.tools.sdk.adapter import AdaptedTool, Surface, render_failure


class _Unheard(Context[None, Any]):
    """A call that no client made, so that nobody is told how far it is."""

    @override
    async def report_progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Nobody listens."""


class ClickPipesServer(PanelServer):
    """A server that explains the tools it does not offer, and knows the calls it is answering."""

    def __init__(
        self,
        apps: Apps,
        tools: Sequence[AdaptedTool],
        lifespan: Callable[[MCPServer[None]], AbstractAsyncContextManager[None]],
        desk: Desk,
        confirmations: ConfirmationTokens,
    ) -> None:
        settings = apps.default.settings
        named = {name: app.settings for name, app in apps.named.items()}
        self.desk = desk
        self._apps, self._confirmations = apps, confirmations
        self._chosen = settings
        self._offered = frozenset(tool.name for tool in tools)
        self._reading = frozenset(tool.name for tool in tools if tool.changes_nothing)
        self._looking = tuple(tool.name for tool in tools if tool.effect.is_read_only)
        self._levels = {tool.name: level_needed(tool.effect, settings) for tool in tools}
        reached = [settings.level, *(one.level for one in named.values())]
        self.most_level: Level = max(reached, key=LEVELS.index)
        self.calls = CallsUnderWay()
        self.store: Store | None = None
        self._prompts: dict[str, Prompt] = {}
        super().__init__(
            SERVER_NAME,
            title=SERVER_TITLE,
            version=__version__,
            description=SERVER_DESCRIPTION,
            instructions=instructions(settings, self._offered, list(named.values())),
            tools=list(tools),
            extensions=[Skills()],
            subscriptions=False,  # nothing that is listed ever changes
            lifespan=lifespan,
            log_level="WARNING",
            request_state_security=_sealing(settings),
        )
        self.request_ids = RequestIds()
        self.middleware[:] = [self.request_ids, *traced_where_followed(self.middleware)]

    @override
    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        if name not in self._offered:
            refusal = explain_absence(name, self._chosen, self._offered)
            if isinstance(refusal, ToolUnavailable):
                return render_failure(refusal, self._chosen.where)
            raise MCPError(INVALID_PARAMS, f"{refusal.message} {refusal.fix}")
        with self.calls.counted():
            return await super().call_tool(name, arguments, context)
        ending = _ending(self._offered, is_read_only=name in self._reading)
        return render_failure(ending, self._chosen.where)

    def reads(self, tool: str) -> bool:
        """Whether it offers a tool of that name that changes nothing."""
        return tool in self._reading

    async def read(self, tool: str, arguments: Mapping[str, object]) -> CallToolResult:
        """What a reading tool answers to somebody who looks on a page, and hears of no progress.

        Raises:
            ValueError: It is none that is offered and reads.
        """
        if not self.reads(tool):
            raise ValueError(f"{tool} does not only read")
        result = await self.call_tool(tool, dict(arguments), _Unheard())
        if not isinstance(result, CallToolResult):
            raise TypeError(f"{tool} asks somebody")
        return result

    @property
    @override
    def called_by_panels(self) -> Sequence[str]:
        return self._looking

    @override
    def past_of(self, pipe: str, state: str, arguments: Mapping[str, Any]) -> Past:
        from clickpipes_mcp.fleet import past_of  # start-up time

        return past_of(self._apps.of(arguments.get(CONNECTION)), pipe, state)

    def level_of_tool(self, name: str) -> Level:
        """What a caller's token has to reach for a call of it; a name of no tool takes nothing."""
        return self._levels.get(name, LEVELS[0])

    @override
    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[None, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        check(self._prompts, name, arguments)
        return await super().get_prompt(name, arguments, context)

    @override
    async def _handle_read_resource(
        self, ctx: ServerRequestContext[None], params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        """As the SDK does, without secrets of the address where that leads nowhere."""
        try:
            return await super()._handle_read_resource(ctx, params)
        except MCPError as error:
            told = {"uri": redact(str(params.uri))}
            raise MCPError(error.error.code, redact(error.error.message), told) from error

    @property
    def connections(self) -> Collection[str]:
        """The names of its connections, if they have any."""
        return self._apps.named

    def seen_by(self, connections: Sequence[str], level: Level) -> "ClickPipesServer":
        """A server that has these connections alone, for callers who see no others.

        It uses what this one has open, counts its calls among this one's, and opens nothing.
        """
        apps = self._apps.seen(connections, level)
        seen = _served(apps, self.desk, self._confirmations, lambda _: nullcontext())
        seen.calls = self.calls
        return seen

    def offer_reading(self, apps: Apps) -> None:
        """Register prompts, pages and the completion of their arguments."""
        for prompt in prompts(self._offered, has_connections=bool(apps.named)):
            self.add_prompt(prompt)
            self._prompts[prompt.name] = prompt
        pages = Pages(apps)
        for page in pages.guides():
            self.add_resource(page.resource())
        # What the SDK registers a template with builds two models and a schema for each.
        templates = self._resource_manager._templates  # noqa: SLF001 # of our own base
        templates.update((page.uri, page.template()) for page in (*pages.all(), REFERENCE))
        # The SDK leaves this decorator without types.
        self.completion()(Completer(apps).complete)  # type: ignore[no-untyped-call]


def build_server(
    settings: Settings,
    clock: Clock | None = None,
    *,
    named: Mapping[str, Settings] | None = None,
    control_plane: AsgiApp | None = None,
    patience_s: float = PATIENCE_S,
    state_directory: Path | None = None,
) -> ClickPipesServer:
    """A server ready to be run over any transport.

    `named` are the settings of each connection where there are several, `settings` then those of
    the default. `control_plane` answers in the place of the API or of the built-in simulator;
    `patience_s` is how long a call waits for the answer that a person gives on a page. The PIN,
    what a terminal has to know of open questions, what was confirmed and the simulated pipes stand
    in `state_directory`; without one there is no PIN, and the rest ends with the process.

    Raises:
        InvalidSettings: The settings name sources that do not exist, or secret bindings that
            cannot be used, or a store whose extra is missing.
    """
    clock = clock or SystemClock()
    store = Store.of(settings, clock)
    ledger = kept_ledger(settings, clock, store, state_directory)
    confirmations = ConfirmationTokens(clock, shared_key(settings), ledger)
    desk = _desk(settings, clock, confirmations, state_directory, patience_s, store)
    named = named or {}

    def opened(chosen: Settings) -> App:
        return open_app(chosen, clock, desk, control_plane, state_directory, store)

    by_name = {name: opened(chosen) for name, chosen in named.items()}
    default = by_name[settings.called] if settings.called else opened(settings)
    apps = Apps(default, by_name)
    host = None if settings.http is not None else _loopback(settings, desk, state_directory)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        async with AsyncExitStack() as open_until_the_end:
            if store is not None:
                open_until_the_end.push_async_callback(store.aclose)
            for app in apps.all:
                open_until_the_end.push_async_callback(app.client.aclose)
            async with host.ready() if host else nullcontext():
                yield None

    desk.host = host
    server = _served(apps, desk, confirmations, lifespan)
    server.store = store
    return server


def _desk(
    settings: Settings,
    clock: Clock,
    confirmations: ConfirmationTokens,
    state_directory: Path | None,
    patience_s: float,
    store: Store | None,
) -> Desk:
    # A terminal and a browser of this machine look at what this process asks.
    shared = None if store is None or settings.http is None else store.database
    return Desk(
        clock,
        confirmations,
        Pin(state_directory, clock),
        passkey=Passkey.of(settings, state_directory),
        approval=settings.approval,
        shared_key=shared_key(settings),
        patience_s=patience_s,
        pages=None if shared is None else StoredPages(shared, shared_key(settings) or ""),
    )


def _served(
    apps: Apps,
    desk: Desk,
    confirmations: ConfirmationTokens,
    lifespan: Callable[[MCPServer[None]], AbstractAsyncContextManager[None]],
) -> ClickPipesServer:
    """The server of what is open, which knows of nothing else."""
    settings = apps.default.settings
    offered = offered_tools(settings, *(app.settings for app in apps.all))
    hidden = hidden_anywhere([app.settings for app in apps.all])
    names = frozenset(tool.name for tool in offered)
    surface = Surface(names, hidden, settings.where, settings.sources)
    tools = [AdaptedTool.of(tool, apps, confirmations, surface) for tool in offered]
    server = ClickPipesServer(apps, tools, lifespan, desk, confirmations)
    server.offer_reading(apps)
    return server


def _loopback(settings: Settings, desk: Desk, state_directory: Path | None) -> LoopbackPages:
    notices = None if state_directory is None else Notices(state_directory)
    return LoopbackPages(desk, opens_browser=settings.open_browser, notices=notices)


def _sealing(settings: Settings) -> RequestStateSecurity | None:
    """What questions that travel through the client are sealed with; None is a key of our own."""
    key = shared_key(settings)
    return None if key is None else RequestStateSecurity(keys=[key])


def _ending(offered: Collection[str], *, is_read_only: bool) -> ShuttingDown:
    told = "This server is shutting down and did not finish the call."
    if is_read_only:
        error = ShuttingDown(told, fix="Repeat the call once the server is back.")
        error.may_have_happened = False
        return error
    look = NextAction("list_clickpipes", "shows what took effect")
    return ShuttingDown(
        f"{told} What it was to change may have been changed all the same.",
        fix="Once the server is back, look at the pipe before repeating a change; creating may be "
        "repeated unchanged, it adopts what exists.",
        next_actions=[look] if look.tool in offered else [],
    )


def offered_tools(settings: Settings, *others: Settings) -> tuple[KnownTool, ...]:
    """The tools that at least one connection leaves; read-only wins over everything."""
    unknown = sorted(set(settings.sources).difference(SOURCE_KEYS))
    if unknown:
        raise InvalidSettings(
            f"There is no source named {', '.join(unknown)}.",
            fix=f"CLICKPIPES_SOURCES may name {', '.join(SOURCE_KEYS)}.",
        )
    return tuple(
        tool for tool in known_tools() if absence_anywhere(tool, (settings, *others)) is None
    )
