"""Waiting until a pipe is ready, stopped or deleted."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import NextAction, UnknownPipe
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import PipeArguments, find_pipe
from clickpipes_mcp.tools.evidence.causes import causes_in
from clickpipes_mcp.tools.evidence.gathering import gather
from clickpipes_mcp.tools.pipe_views import Awaited, wait_until
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, watch
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions


class WaitArguments(PipeArguments):
    """What to wait for."""

    until: Awaited | None = Field(
        default=None,
        description="ready (default): running or completed; stopped: or paused; deleted: gone.",
    )
    timeout_s: Annotated[int, Field(ge=1, le=LONGEST_WAIT_S)] | None = Field(
        default=None, description=f"Seconds at most, 1 to {LONGEST_WAIT_S} (default)."
    )


class WaitView(View):
    """How far the waiting got."""

    done: bool
    state: str
    state_means: str = ""
    cause: str | None = None
    waited_s: int
    id: str


_LOOKS_AT_MOST_S = 10.0
"""Of looking for a cause after a slice of waiting; both together stay below a host's 60 s."""

_AWAITED: Mapping[Awaited, frozenset[Stage]] = {
    "ready": frozenset({Stage.WORKING, Stage.DONE}),
    "stopped": frozenset({Stage.RESTING, Stage.DONE}),
    "deleted": frozenset(),
}


async def wait(call: Call[WaitArguments]) -> WaitView:
    """Poll until the state is reached, it breaks, or the slice is used up."""
    clock, arguments = call.app.clock, call.arguments
    until = arguments.until or "ready"
    limit = arguments.timeout_s or LONGEST_WAIT_S
    began = clock.monotonic()
    try:
        pipe = await find_pipe(call.app, arguments)
    except UnknownPipe:
        if until != "deleted":
            raise
        return WaitView(
            summary="No such ClickPipe: it is deleted.",
            done=True,
            state="deleted",
            waited_s=0,
            id=arguments.clickpipe,
        )
    try:
        pipe = await watch(
            call,
            pipe,
            lambda seen: _is_over(seen, until),
            began_s=began,
            until_s=began + limit,
            total_s=limit,
        )
    except UnknownPipe:
        return _answer_gone(pipe, until, round(clock.monotonic() - began))
    waited_s = round(clock.monotonic() - began)
    return _answer(pipe, until, waited_s, await _find_cause(call, pipe, until))


def _is_over(pipe: Pipe, until: Awaited) -> bool:
    stage = state_named(pipe.state).stage
    return stage in _AWAITED[until] or (stage is Stage.BROKEN and until != "deleted")


async def _find_cause(call: Call[WaitArguments], pipe: Pipe, until: Awaited) -> str | None:
    """Why it broke, as far as a short look shows."""
    if until == "deleted" or state_named(pipe.state).stage is not Stage.BROKEN:
        return None
    causes = causes_in((await gather(call.app, pipe, _LOOKS_AT_MOST_S)).facts)
    return f"{causes[0].rule.title} ({causes[0].rule.id})" if causes else None


def _answer(pipe: Pipe, until: Awaited, waited_s: int, cause: str | None) -> WaitView:
    done = state_named(pipe.state).stage in _AWAITED[until]
    name = clean(pipe.name, limit=80)
    following = pipe_views.what_next(pipe)
    if done:
        summary = f"“{name}” is {pipe.state} after {waited_s} s."
    elif _is_over(pipe, until):
        summary = f"“{name}” is {pipe.state}: waiting longer does not help."
        why = NextAction("diagnose_clickpipe", "shows evidence and fix", {"clickpipe": pipe.id})
        following = [why, *following]
    else:
        summary = f"“{name}” is still {pipe.state} after {waited_s} s; call again to wait on."
        following = [wait_until(pipe, until, "waits on")]
    return WaitView(
        summary=summary,
        done=done,
        state=pipe.state,
        state_means=state_named(pipe.state).meaning,
        cause=cause,
        waited_s=waited_s,
        id=pipe.id,
        next_actions=actions(*following),
    )


def _answer_gone(pipe: Pipe, until: Awaited, waited_s: int) -> WaitView:
    done = until == "deleted"
    name = clean(pipe.name, limit=80)
    return WaitView(
        summary=f"“{name}” is gone." if done else f"“{name}” was deleted while waiting for it.",
        done=done,
        state="deleted",
        waited_s=waited_s,
        id=pipe.id,
    )


WAIT = ToolSpec(
    name="wait_for_clickpipe",
    title="Wait for a ClickPipe",
    description=f"Wait up to {LONGEST_WAIT_S} s until a ClickPipe is ready, stopped or deleted. "
    "While it answers done=false, call it again. Ends early when the pipe fails.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=WaitArguments,
    view=WaitView,
    run=wait,
)
TOOLS = (WAIT,)
