"""Our tools as the SDK's: arguments in, one typed call, a result or an error a model can use."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.resolve import Resolve, build_resolver_plans, find_resolved_parameters
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.context_injection import find_context_parameter
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import PrivateAttr
from typing_extensions import override

from clickpipes_mcp import telemetry
from clickpipes_mcp.app import Apps
from clickpipes_mcp.argument_fillers import without_fillers
from clickpipes_mcp.call_ids import current_call, numbered
from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import listening, on_behalf_of, sharing_reads
from clickpipes_mcp.consent import (
    ConfirmationTokens,
    LinkRequired,
    Offer,
    gate,
    level_of_caller,
    look_again,
    principal,
    settle,
)
from clickpipes_mcp.contract import Request
from clickpipes_mcp.errors import (
    ClickPipesError,
    ConsentDenied,
    ConsentRequired,
    ConsentStale,
    InternalError,
    InvalidArguments,
    NextAction,
)
from clickpipes_mcp.offering import CONNECTION, hidden_fields
from clickpipes_mcp.schema_shape import JsonObject
from clickpipes_mcp.tools import views
from clickpipes_mcp.tools.arguments import valid_call
from clickpipes_mcp.tools.known import KnownTool
from clickpipes_mcp.tools.offering import check_offered
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.sdk.progress import Progress
from clickpipes_mcp.tools.sdk.published import published_input, published_output
from clickpipes_mcp.tools.sdk.suggestions import (
    asks_on_a_page,
    chosen_by,
    possible,
    tell_without_page,
)

_logger = logging.getLogger(__name__)

CALL = "clickpipes-mcp/call"
"""The key under which an answer has the id that log, journal and trace know its call by."""

_REFUSALS = frozenset(kind.code for kind in (ConsentDenied, ConsentRequired, ConsentStale))

_progress: ContextVar[Progress] = ContextVar("progress")


def annotations(tool: ToolSpec[Any] | KnownTool) -> ToolAnnotations:
    """All four hints, always said."""
    return ToolAnnotations(
        title=tool.title,
        read_only_hint=tool.effect.is_read_only,
        destructive_hint=tool.effect.is_destructive,
        idempotent_hint=tool.effect.is_read_only or tool.is_idempotent,
        open_world_hint=True,
    )


async def _run(call: Call[Request]) -> CallToolResult:
    return _answer(await call.run(), call)


async def _run_gated(
    call: Call[Request],
    consent: Annotated[ElicitationResult[Any], Resolve(gate)],
) -> CallToolResult:
    decision = await settle(consent, call)
    if isinstance(decision, Offer):
        telemetry.record(telemetry.CONSENT, tool=call.tool.name, outcome="offered in the chat")
        return _answer(_offer(decision), call)
    if call.asked_about is not None:
        telemetry.record(telemetry.CONSENT, tool=call.tool.name, outcome=decision.how)
    await look_again(call)
    call.consent = decision.how
    try:
        return await _run(call)
    except ClickPipesError as error:
        if call.asked_about is not None and not error.may_have_happened:
            call.confirmations.note_failed(call.asked_about)
        raise


def _offer(offer: Offer) -> views.View:
    return views.View(
        summary=f"Not done yet. {offer.impact.headline}\n{offer.impact.facts()}\n"
        "Show this to the person. Only if they agree, repeat the same call with "
        f"confirmation_token={offer.token} (valid once, ten minutes).",
    )


def _answer(view: views.View, call: Call[Request]) -> CallToolResult:
    chosen = chosen_by(getattr(call.arguments, "service", None), call.app.settings.called)
    view = view.model_copy(
        update={
            "environment": call.app.settings.where,
            # A question lets the same checks, and so the same warnings, come up several times.
            "warnings": list(
                dict.fromkeys([*call.warnings, *view.warnings, *_progress.get().notes()])
            ),
            "next_actions": views.actions(
                *possible(view.next_actions, call.offered, chosen, asks=asks_on_a_page(call.app))
            ),
        }
    )
    content = views.structured_content(view)
    return _render(views.text(view, content), content)


def _render(text: str, content: dict[str, object], *, is_error: bool = False) -> CallToolResult:
    """What leaves, in characters that every encoding knows."""
    return CallToolResult(
        content=[TextContent(type="text", text=views.make_encodable(text))],
        structured_content=views.make_encodable(content),
        is_error=is_error,
        meta={CALL: current_call()},
    )


def render_failure(
    error: ClickPipesError, environment: str, warnings: Sequence[str] = ()
) -> CallToolResult:
    """A failure as the result an assistant reads."""
    return _render(
        views.error_text(error, environment, warnings),
        views.error_content(error, environment, warnings),
        is_error=True,
    )


@dataclass(frozen=True)
class Surface:
    """What of the tools a server shows.

    `offered` are the tools that exist, `hidden` the arguments that no connection shows.
    `environment` labels what no connection answered, `sources` are those the operator chose.
    """

    offered: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    environment: str = "simulator"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ground:
    """What every call of a tool stands on; `published` is the schema that callers see.

    In one piece: pydantic looks for a private attribute of a model everywhere else first.
    """

    tool: KnownTool
    apps: Apps
    confirmations: ConfirmationTokens
    surface: Surface
    published: JsonObject


class _CallMetadata(FuncMetadata):
    """Validation that ends in one typed call instead of keyword arguments."""

    _ground: _Ground = PrivateAttr()

    def validate_arguments(self, arguments_to_validate: dict[str, Any]) -> dict[str, Any]:
        ground = self._ground
        apps = ground.apps
        given = without_fillers(arguments_to_validate, ground.published)
        chosen = apps.of(given.pop(CONNECTION, None) if apps.named else None)
        app = chosen.held_to(level_of_caller())
        tool = ground.tool.spec
        check_offered(tool, app)
        valid = valid_call(tool, given, hidden_fields(app.settings))
        return {
            "call": Call(
                app,
                tool,
                valid.request,
                valid.form,
                ground.confirmations,
                list(valid.warnings),
                offered=ground.surface.offered,
                report=_progress.get(),
                principal=principal(),
            )
        }


@cache
def _injected(run: Callable[..., object]) -> Mapping[str, Any]:
    """What the SDK fills in when a tool runs; read from its signature once for all tools."""
    resolved = find_resolved_parameters(run)
    return {
        "context_kwarg": find_context_parameter(run),
        "resolved_params": dict(resolved),
        "resolver_plans": build_resolver_plans(resolved, {"call"}),
    }


class AdaptedTool(Tool):
    """A tool record behind the SDK's tool interface."""

    _apps: Apps = PrivateAttr()
    _surface: Surface = PrivateAttr(default_factory=Surface)
    _clock: Clock = PrivateAttr(default_factory=SystemClock)
    _effect: Effect = PrivateAttr(default=Effect.DESTRUCTIVE)

    @classmethod
    def of(
        cls,
        tool: KnownTool,
        apps: Apps,
        confirmations: ConfirmationTokens,
        surface: Surface,
    ) -> "AdaptedTool":
        """Adapt one tool."""
        run = _run_gated if tool.is_gated else _run
        metadata = _CallMetadata(arg_model=ArgModelBase, output_schema=published_output(tool))
        parameters = published_input(tool, surface.hidden, surface.sources, apps)
        ground = _Ground(tool, apps, confirmations, surface, parameters)
        metadata._ground = ground  # noqa: SLF001 # a private attribute of our own
        adapted = cls(
            fn=run,
            name=tool.name,
            title=tool.title,
            description=tool.description,
            parameters=parameters,
            fn_metadata=metadata,
            is_async=True,
            annotations=annotations(tool),
            **_injected(run),
        )
        adapted._apps, adapted._clock = apps, apps.default.clock
        adapted._surface, adapted._effect = surface, tool.effect
        return adapted

    @property
    def effect(self) -> Effect:
        """What calling it may do."""
        return self._effect

    @property
    def changes_nothing(self) -> bool:
        """Whether a call that fails has left everything as it was."""
        return self._effect.changes_nothing

    @override
    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Run the tool; every failure of ours becomes a result the assistant can act on."""
        began_s, outcome = self._clock.monotonic(), "cancelled"
        telemetry.record(telemetry.CALLS_UNDER_WAY, 1)
        with numbered(), telemetry.span("tool", tool=self.name) as span:
            try:
                result = await self._run(arguments, context, convert_result=convert_result)
                outcome = _outcome_of(result)
                return result
            finally:
                lasted_s = self._clock.monotonic() - began_s
                span.note(outcome=outcome)
                telemetry.record(telemetry.CALLS_UNDER_WAY, -1)
                telemetry.record(telemetry.TOOL_CALLS, lasted_s, tool=self.name, outcome=outcome)
                if outcome in _REFUSALS:
                    telemetry.record(telemetry.CONSENT, tool=self.name, outcome=outcome)

    async def _run(
        self, arguments: dict[str, Any], context: Context[Any, Any], *, convert_result: bool
    ) -> Any:  # noqa: ANN401 # as the SDK has it
        progress = Progress(context.report_progress, self._clock)
        _progress.set(progress)
        try:
            await self._apps.default.journal.catch_up()
            shared = sharing_reads(allowed=self._effect.is_read_only)
            with listening(progress.patience), on_behalf_of(principal()), shared:
                return await super().run(arguments, context, convert_result)
        except UnexpectedToolError as error:
            if isinstance(error.__cause__, LinkRequired):
                link = error.__cause__
                return InputRequiredResult(input_requests={link.key: link.request})
            return self._render_failure(error.__cause__ or error, arguments, progress)
        except ToolError:
            # Ours never raise it: the SDK could not read the form that came back.
            where, _ = self._spoken_to(arguments)
            return render_failure(_refuse_unreadable_answer(), where)

    def _render_failure(
        self, cause: BaseException, arguments: dict[str, Any], progress: Progress
    ) -> CallToolResult:
        if not isinstance(cause, ClickPipesError):
            cause = self._log_defect(cause)
        where, connection = self._spoken_to(arguments)
        chosen = chosen_by(arguments.get("service"), connection)
        asks = asks_on_a_page(self._apps.default)
        if not asks:
            tell_without_page(cause)
        cause.next_actions = tuple(
            possible(cause.next_actions, self._surface.offered, chosen, asks=asks)
        )
        return render_failure(cause, where, progress.notes())

    def _spoken_to(self, arguments: Mapping[str, object]) -> tuple[str, str | None]:
        """The label and the name of the connection of a call, as far as there is one."""
        try:
            settings = self._apps.of(arguments.get(CONNECTION)).settings
        except InvalidArguments:
            return self._surface.environment, None
        return settings.where, settings.called

    def _log_defect(self, cause: BaseException) -> InternalError:
        """A failure nobody foresaw: what it was stays in the log."""
        reference = current_call()
        _logger.error("%s failed inside, reference %s", self.name, reference, exc_info=cause)
        reads = self.changes_nothing
        error = InternalError(
            f"This server failed inside while it worked on {self.name}. That is a defect of the "
            f"server, not of the call; its log tells more under the reference {reference}.",
            fix="Tell the person: the operator looks the reference up in the log and reports it. "
            + ("Nothing was changed." if reads else "Look at the pipe before repeating a change."),
            next_actions=[] if reads else [NextAction("list_clickpipes", "shows what took effect")],
        )
        error.may_have_happened = not reads
        return error


def _outcome_of(result: object) -> str:
    """How a call ended, in one word."""
    if not isinstance(result, CallToolResult):
        return "asked"
    if not result.is_error:
        return "ok"
    return str((result.structured_content or {}).get("code", InternalError.code))


def _refuse_unreadable_answer() -> ConsentDenied:
    return ConsentDenied(
        "The client accepted without a valid answer to the question; that is no consent. "
        "Nothing was changed.",
        fix="Tell the person. The form has to be filled in with what the question asks for.",
    )
