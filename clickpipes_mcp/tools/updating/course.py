"""What has to happen around an edit, given the state the pipe is in."""

from dataclasses import dataclass

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.tools.updating.edits import Edit

PAUSED = "Paused"
ON_ITS_WAY_DOWN = frozenset({"Pausing", "Stopping"})


@dataclass(frozen=True)
class Course:
    """What has to happen around an edit.

    `stops` says that a stop is sent first, `waits` that Paused has to be reached; `runs` is how
    the pipe is left, None where nobody looks after it.
    """

    stops: bool = False
    waits: bool = False
    runs: bool | None = None

    @property
    def interrupts(self) -> bool:
        """Whether it stops the pipe at any time. A person has to agree to that."""
        return self.stops or self.runs is False


def course_of(edit: Edit, *, pause: bool, resume: bool | None) -> Course:
    """What has to happen, from the pipe as it is to the pipe as it shall be left.

    Raises:
        Conflict: It cannot be edited in its present state.
    """
    state = edit.pipe.state
    if not (pause and edit.touches_database):
        if edit.must_be_paused and state != PAUSED:
            raise _must_be_paused(edit.pipe)
        return Course()
    if state_named(state).stage is Stage.DONE:
        raise Conflict(
            f"The pipe is {state}: it cannot be paused, and so not edited. Nothing was sent.",
            fix="Resync it to load again as it is, or create a new pipe.",
        )
    rests = state in ON_ITS_WAY_DOWN or state_named(state).stage is Stage.RESTING
    return Course(
        stops=not rests, waits=state != PAUSED, runs=resume if resume is not None else not rests
    )


def _must_be_paused(pipe: Pipe) -> Conflict:
    target: dict[str, object] = {"clickpipe": pipe.id}
    return Conflict(
        f"Tables and settings can only be changed while the pipe is Paused; it is {pipe.state}. "
        "Nothing was sent.",
        fix="Repeat this call with pause_if_needed=true, which asks the person; or stop the pipe, "
        "wait until it is Paused, and repeat.",
        next_actions=[with_pause(pipe), NextAction("stop_clickpipe", "asks the person", target)],
    )


def with_pause(pipe: Pipe) -> NextAction:
    """The one call that makes a change for which a pipe has to rest."""
    arguments: dict[str, object] = {"clickpipe": pipe.id, "pause_if_needed": True}
    why = "asks the person, then makes the change; give the same change again"
    return NextAction("update_clickpipe", why, arguments)


def rests(pipe: Pipe) -> bool:
    """Whether it is paused or stopped, or on its way there."""
    return state_named(pipe.state).stage is Stage.RESTING or pipe.state in ON_ITS_WAY_DOWN


def rests_or_broke(pipe: Pipe) -> bool:
    """Whether it has come to rest, or will not."""
    return state_named(pipe.state).stage in (Stage.RESTING, Stage.BROKEN)


def moves(pipe: Pipe) -> bool:
    """Whether it is neither at rest nor on its way there."""
    return not rests(pipe)


def is_past_checking(pipe: Pipe) -> bool:
    """Whether the API has finished checking the edit, for which it resumes the pipe.

    An initial load counts too: it may go on for hours.
    """
    return state_named(pipe.state).stage in (Stage.WORKING, Stage.DONE, Stage.BROKEN) or (
        pipe.state in ("Snapshot", "Resync")
    )
