"""Whether anybody asked a pipe to come to the state that is waited for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.tools.deletions import is_leaving
from clickpipes_mcp.tools.evidence.history import EDITS, SHOWS_S, STARTS, age_of_last_s
from clickpipes_mcp.tools.extent import extent_of_pipe
from clickpipes_mcp.tools.pipe_views import Awaited
from clickpipes_mcp.tools.record import Call

_STOPS: Final = frozenset({"stop"})
_SETS_GOING: Final = STARTS | EDITS
"""An edit too: the API resumes a pipe that rests, to check what was changed."""

_WORKS: Final = frozenset({"Provisioning", "Setup", "Snapshot", "Resync", "Running", "Degraded"})


@dataclass(frozen=True)
class Unasked:
    """That nobody asked for what is waited for, in words, and the tool that asks for it."""

    told: str
    way: NextAction


_WAYS: Mapping[Awaited, tuple[str, str, str]] = {
    "ready": ("starting", "start_clickpipe", "goes on where it stopped"),
    "completed": ("starting", "start_clickpipe", "goes on where it stopped"),
    "stopped": ("stopping", "stop_clickpipe", "asks the person first"),
    "deleted": ("deleting", "delete_clickpipe", "asks the person first"),
}


def nobody_asked(call: Call[Any], pipe: Pipe, until: Awaited) -> Unasked | None:
    """That nobody brings the pipe there; None where somebody does, or it may come there."""
    if _may_come(call, pipe, until):
        return None
    doing, tool, why = _WAYS[until]
    return Unasked(
        f"{quote(pipe.name)} is {pipe.state}, and nobody is {doing} it as far as this server "
        f"knows. Waiting will not bring it there; {tool} does.",
        NextAction(tool, why, {"clickpipe": pipe.id}),
    )


def _may_come(call: Call[Any], pipe: Pipe, until: Awaited) -> bool:
    """Whether the state or the journal tells of somebody who brings it there."""
    if until == "deleted":
        return is_leaving(call.app.journal, pipe)
    if until == "stopped":
        may_end = not extent_of_pipe(pipe).follows
        return pipe.state not in _WORKS or may_end or _is_last(call, pipe, _STOPS, STARTS)
    is_at_rest = state_named(pipe.state).stage is Stage.RESTING
    return not is_at_rest or _is_last(call, pipe, _SETS_GOING, _STOPS)


def _is_last(call: Call[Any], pipe: Pipe, wanted: frozenset[str], contrary: frozenset[str]) -> bool:
    """Whether such a write was sent of late, and none to the contrary after it."""
    asked = age_of_last_s(call.app.journal, pipe, wanted)
    undone = age_of_last_s(call.app.journal, pipe, contrary)
    return asked is not None and asked < SHOWS_S and (undone is None or asked <= undone)
