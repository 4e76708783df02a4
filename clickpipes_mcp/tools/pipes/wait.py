"""Waiting until a pipe is ready, completed, stopped or deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import Conflict, UnknownPipe
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import PipeArguments, find_pipe, find_service_id
from clickpipes_mcp.tools.deletions import find_deletion, tell_gone
from clickpipes_mcp.tools.evidence.causes import causes_in
from clickpipes_mcp.tools.evidence.gathering import gather
from clickpipes_mcp.tools.evidence.history import is_edited_since_start
from clickpipes_mcp.tools.extent import extent_of_pipe
from clickpipes_mcp.tools.pipe_views import Awaited, wait_until
from clickpipes_mcp.tools.pipes.asked_states import nobody_asked
from clickpipes_mcp.tools.pipes.steadiness import Steadiness, stage_of
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, poll, tell_state
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions


class WaitArguments(PipeArguments):
    """What to wait for."""

    until: Awaited | None = Field(
        default=None,
        description="What to wait for. ready (default) is running or completed, completed the end "
        "of a one-time load, stopped also paused.",
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


_GONE = "it is gone for good; its destination tables stay"

_LOOKS_AT_MOST_S = 10.0
"""Of looking for a cause after a slice of waiting; both together stay below a host's 60 s."""

_AWAITED: Mapping[Awaited, frozenset[Stage]] = {
    "ready": frozenset({Stage.WORKING, Stage.DONE}),
    "completed": frozenset({Stage.DONE}),
    "stopped": frozenset({Stage.RESTING, Stage.DONE}),
    "deleted": frozenset(),
}


async def wait(call: Call[WaitArguments]) -> WaitView:
    """Look again and again, until the state is reached, the pipe fails, or the time is over."""
    clock, arguments = call.app.clock, call.arguments
    until = arguments.until or "ready"
    limit = arguments.timeout_s or LONGEST_WAIT_S
    began = clock.monotonic()
    try:
        pipe = await find_pipe(call.app, arguments, as_known=True)
    except UnknownPipe as error:
        service = await find_service_id(call.app, arguments, as_known=True)
        return _answer_unknown(call, until, error, service)
    if until == "completed" and extent_of_pipe(pipe).follows:
        raise _never_completes(pipe)
    seen = Steadiness(call, pipe)
    seen.note(pipe)
    try:
        pipe = await poll(
            call,
            lambda: seen.look(pipe),
            seen=pipe,
            is_over=lambda one: (
                _is_over(seen, one, until) or nobody_asked(call, one, until) is not None
            ),
            tell=tell_state,
            began_s=began,
            until_s=began + limit,
            total_s=limit,
            pause_after=seen.pause_after,
        )
    except UnknownPipe:
        return _answer_gone(pipe, until, round(clock.monotonic() - began))
    waited_s = round(clock.monotonic() - began)
    cause = await _find_cause(call, pipe, until)
    return _answer(call, seen, pipe, until, waited_s, cause)


def _is_over(seen: Steadiness, pipe: Pipe, until: Awaited) -> bool:
    """Whether waiting longer is of no use."""
    is_broken = stage_of(pipe) is Stage.BROKEN and not seen.is_stale(pipe)
    return _is_reached(seen, pipe, until) or (is_broken and until != "deleted")


def _is_reached(seen: Steadiness, pipe: Pipe, until: Awaited) -> bool:
    """Whether the pipe has reached what is waited for."""
    stage = stage_of(pipe)
    return stage in _AWAITED[until] and (stage is not Stage.WORKING or seen.is_steady)


def _never_completes(pipe: Pipe) -> Conflict:
    return Conflict(
        f"{_called(pipe)} never completes: it goes on reading what is new.",
        fix="Wait until ready instead.",
        next_actions=[wait_until(pipe, "ready", "waits until it runs")],
    )


async def _find_cause(call: Call[WaitArguments], pipe: Pipe, until: Awaited) -> str | None:
    """Why it broke, as far as a short look shows."""
    if until == "deleted" or stage_of(pipe) is not Stage.BROKEN:
        return None
    causes = causes_in((await gather(call.app, pipe, _LOOKS_AT_MOST_S)).facts)
    return f"{causes[0].rule.title} ({causes[0].rule.id})" if causes else None


def _answer(
    call: Call[Any],
    seen: Steadiness,
    pipe: Pipe,
    until: Awaited,
    waited_s: int,
    cause: str | None,
) -> WaitView:
    done = _is_reached(seen, pipe, until)
    why = pipe_views.look_into(pipe.id)
    following = [one for one in pipe_views.what_next(pipe) if one.tool != why.tool]
    unasked = nobody_asked(call, pipe, until)
    if done:
        after = f" after {waited_s} s" if waited_s else ""
        summary = f"{_called(pipe)} is {pipe.state}{after}{_tell_rows(seen, pipe)}."
        if stage_of(pipe) is Stage.WORKING and not seen.rows_flow:
            following = [replace(why, why="shows whether rows arrive, and why not"), *following]
    elif _is_over(seen, pipe, until):
        is_edited = is_edited_since_start(call.app.journal, pipe) and not seen.worked_s
        summary = _tell_edited(pipe) if is_edited else _tell_broken(seen, pipe)
        following = [*following, why] if is_edited else [why, *following]
    elif unasked is not None:
        summary, following = unasked.told, [unasked.way]
    else:
        summary = _tell_unfinished(seen, pipe, until, waited_s)
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


def _called(pipe: Pipe) -> str:
    return quote(pipe.name)


def _tell_rows(seen: Steadiness, pipe: Pipe) -> str:
    """Whether rows were seen to arrive, in words."""
    if stage_of(pipe) is not Stage.WORKING:
        return ""
    if seen.is_fresh and not seen.rows_flow:
        return ", but no row was seen to arrive yet; diagnose_clickpipe shows why"
    return ", and rows arrive" if seen.rows_flow else "; whether rows arrive was not read"


def _tell_edited(pipe: Pipe) -> str:
    """The summary of a pipe that is broken, and that was not started since it was changed."""
    return (
        f"{_called(pipe)} is {pipe.state}, and this server has not started it since it was "
        "changed, so this may be the failure from before. Waiting longer does not help; "
        "start_clickpipe tries again with what is stored now."
    )


def _tell_broken(seen: Steadiness, pipe: Pipe) -> str:
    """The summary of a pipe that failed, and whether it failed again after a start."""
    if not seen.worked_s and seen.started_s is None:
        return f"{_called(pipe)} is {pipe.state}: waiting longer does not help."
    ran = f" after {seen.worked_s:.0f} s at work" if seen.worked_s else ""
    begun = f", {seen.age_s:.0f} s after it was started" if seen.started_s is not None else ""
    state = f"relapsed: it is {pipe.state} again" if seen.was_broken else f"is {pipe.state}"
    return f"{_called(pipe)} {state}{ran}{begun}. Waiting longer does not help."


def _tell_unfinished(seen: Steadiness, pipe: Pipe, until: Awaited, waited_s: int) -> str:
    if stage_of(pipe) in _AWAITED[until]:
        return (
            f"{_called(pipe)} is {pipe.state}, as was seen for {seen.worked_s:.0f} s, and no row "
            "was seen to arrive yet. Call again to see whether it lasts."
        )
    if seen.is_stale(pipe):
        return (
            f"{_called(pipe)} still shows {pipe.state}, {seen.age_s:.0f} s after it was started; "
            "that may be the failure from before. Call again to wait on."
        )
    return f"{_called(pipe)} is still {pipe.state} after {waited_s} s; call again to wait on."


def _answer_unknown(
    call: Call[WaitArguments], until: Awaited, error: UnknownPipe, service: str
) -> WaitView:
    """What the journal knows of a pipe that is not there: only that makes it deleted.

    Raises:
        UnknownPipe: It knows of no deletion, or something else is awaited.
    """
    wanted = call.arguments.clickpipe
    known = find_deletion(call.app.journal, wanted, service)
    deletion = None if error.fits_several else known
    if deletion is not None and until == "deleted":
        return WaitView(
            summary=tell_gone(wanted),
            done=True,
            state="deleted",
            state_means=_GONE,
            waited_s=0,
            id=deletion.clickpipe_id or wanted,
        )
    if until == "deleted" and not error.fits_several:
        error.message += " This server knows of no deletion of it either."
        error.fix = (
            "If somebody else deleted it, there is nothing left to wait for. Otherwise check the "
            "name or the id."
        )
    raise error


def _answer_gone(pipe: Pipe, until: Awaited, waited_s: int) -> WaitView:
    done = until == "deleted"
    name = _called(pipe)
    return WaitView(
        summary=f"{name} is gone." if done else f"{name} was deleted while waiting for it.",
        done=done,
        state="deleted",
        state_means=_GONE,
        waited_s=waited_s,
        id=pipe.id,
    )


WAIT = ToolSpec(
    name="wait_for_clickpipe",
    title="Wait for a ClickPipe",
    description=f"Wait up to {LONGEST_WAIT_S} s until a ClickPipe is ready, completed, stopped or "
    "deleted. While it answers done=false, call it again. It ends early when the pipe fails.",
    toolset="pipes",
    effect=Effect.READ,
    arguments=WaitArguments,
    view=WaitView,
    run=wait,
)
TOOLS = (WAIT,)
