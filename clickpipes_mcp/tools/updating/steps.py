"""An edit as steps: pause the pipe, change it, leave it as it was; each step is reported."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import ClickPipesError, Conflict, NextAction, RefusedByApi, UnknownPipe
from clickpipes_mcp.operations import StateCommand
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.secret_refs import literal_secrets
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, watch
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.edits import Edit
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.writes import send

T = TypeVar("T")

PAUSED = "Paused"
PAUSING_TAKES_S = 25.0
"""Of a whole call; the rest is for the way back."""

RESUMING_SHOWS_S = 10.0
"""How long the API's answer may still say Paused after an edit that made it resume the pipe."""

LEAST_WAY_BACK_S = 5.0
MOST_REPEATED = 1500
_ON_ITS_WAY_DOWN = frozenset({"Pausing", "Stopping"})


class StepRow(BaseModel):
    """One step and how it ended."""

    model_config = ConfigDict(frozen=True)

    step: str
    outcome: str


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
        """Whether it stops the pipe at any time, which needs a person."""
        return self.stops or self.runs is False


def course_of(edit: Edit, *, pause: bool, resume: bool | None) -> Course:
    """The way from the pipe as it is to the pipe as it shall be left.

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
    rests = state in _ON_ITS_WAY_DOWN or state_named(state).stage is Stage.RESTING
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
        next_actions=[
            NextAction("stop_clickpipe", "asks the person first", target),
            NextAction("wait_for_clickpipe", "until Paused", target | {"until": "stopped"}),
        ],
    )


@dataclass
class Way:
    """An edit on its way: the pipe as last seen, and what has been done."""

    call: Call[UpdateArguments]
    edit: Edit
    course: Course
    pipe: Pipe
    steps: list[StepRow] = field(default_factory=list)
    is_changed: bool = False
    _is_paused_by_us: bool = False
    _began_s: float = 0.0

    def __post_init__(self) -> None:
        self._began_s = self.call.app.clock.monotonic()

    async def walk(self) -> bool:
        """Walk all of it; False where the time was up before the pipe was Paused.

        Raises:
            ClickPipesError: A step failed; the message tells what took effect.
        """
        try:
            if not await self._pause():
                return False
            await self._change()
        except ClickPipesError as error:
            await self._turn_back(error)
            raise
        await self._leave_as_meant()
        return True

    async def _pause(self) -> bool:
        if self.course.stops:
            try:
                self._is_paused_by_us = True
                await self._command("pause", "stop")
            except ClickPipesError as error:
                self._is_paused_by_us = error.may_have_happened
                raise
        if self.course.waits:
            await self._watch(_rests_or_broke, self._began_s + PAUSING_TAKES_S)
            self._note("wait for Paused", self.pipe.state)
            if state_named(self.pipe.state).stage is Stage.BROKEN:
                raise Conflict(f"The pipe became {self.pipe.state} while it was being paused.")
        return not self.course.waits or self.pipe.state == PAUSED

    async def _change(self) -> None:
        pipe, client, edit = self.pipe, self.call.app.client, self.edit
        if edit.body:
            self.pipe = await self._take(
                "update",
                "update",
                lambda: client.update_pipe(pipe.service_id, pipe.id, edit.body),
            )
            self._note("update", "done")
            self.is_changed = True
        if edit.settings:
            await self._take(
                "settings",
                "update settings",
                lambda: client.put_pipe_settings(pipe.service_id, pipe.id, edit.settings),
            )
            self._note("settings", "done")

    async def _leave_as_meant(self) -> None:
        """The API resumes an edited database pipe by itself; whatever it does, end as meant."""
        if self.course.runs is None:
            return
        try:
            is_over = _moves if self.course.runs else _is_past_checking
            await self._watch(is_over, self._way_back_until(RESUMING_SHOWS_S))
            if self.course.runs:
                await self._run()
            else:
                await self._rest()
        except ClickPipesError as error:
            self._note("run again" if self.course.runs else "pause again", f"failed: {error.code}")

    async def _run(self) -> None:
        if _rests(self.pipe):
            await self._start()
        else:
            self._note("run again", f"the API resumed it: {self.pipe.state}")

    async def _rest(self) -> None:
        if _rests(self.pipe):
            self._note("pause again", f"it stayed {self.pipe.state}")
            return
        await self._command("pause again", "stop")
        await self._watch(_rests_or_broke, self._way_back_until(LONGEST_WAIT_S))
        self._note("wait for Paused", self.pipe.state)

    async def _start(self) -> None:
        try:
            await self._command("run again", "start")
            await self._watch(_moves, self._way_back_until(LEAST_WAY_BACK_S))
        except RefusedByApi:
            # Somebody, or the API itself, was faster; what counts is that it runs.
            self.pipe = await self.call.app.client.pipe(self.pipe.service_id, self.pipe.id)
            if _rests(self.pipe):
                raise
            self._note("run again", f"it runs already: {self.pipe.state}")

    async def _turn_back(self, error: ClickPipesError) -> None:
        """Leave nothing paused that ran, and tell how far it got."""
        was_ours = self._is_paused_by_us or not self.course.stops
        if self.course.runs and was_ours and not isinstance(error, UnknownPipe):
            try:
                await self._start()
            except ClickPipesError as second:
                self._note("run again", f"failed: {second.code}")
        if self.steps:
            error.message += f" Steps: {tell(self.steps)}. Last seen state: {self.pipe.state}."
            error.next_actions = tuple(self.following() or error.next_actions)

    async def _command(self, step: str, command: StateCommand) -> None:
        pipe, client = self.pipe, self.call.app.client
        self.pipe = await self._take(
            step, command, lambda: client.set_pipe_state(pipe.service_id, pipe.id, command)
        )
        self._note(step, f"acknowledged: {self.pipe.state}")

    async def _take(self, step: str, operation: str, request: Callable[[], Awaitable[T]]) -> T:
        try:
            return await send(
                self.call, operation, request, service_id=self.pipe.service_id, pipe=self.pipe
            )
        except ClickPipesError as error:
            doubt = "; it may have taken effect" if error.may_have_happened else ""
            if self.course.interrupts or self.steps:
                self._note(step, f"failed: {error.code}{doubt}")
            raise

    async def _watch(self, is_over: Callable[[Pipe], bool], until_s: float) -> None:
        self.pipe = await watch(
            self.call, self.pipe, is_over, began_s=self._began_s, until_s=until_s
        )

    def _way_back_until(self, at_most_s: float) -> float:
        """Within the call's time, unless the API itself used that up."""
        now_s = self.call.app.clock.monotonic()
        end_s = max(self._began_s + LONGEST_WAIT_S, now_s + LEAST_WAY_BACK_S)
        return min(end_s, now_s + at_most_s)

    def _note(self, step: str, outcome: str) -> None:
        self.steps.append(StepRow(step=step, outcome=outcome))

    def following(self) -> list[NextAction]:
        """The calls that lead from here to where it was meant to end."""
        target: dict[str, object] = {"clickpipe": self.pipe.id}
        if self.is_changed and self.edit.settings:
            missing = target | {"settings": self.edit.settings}
            return [NextAction("update_clickpipe_settings", "only this is missing", missing)]
        if not self.is_changed and self.pipe.state in _ON_ITS_WAY_DOWN:
            return [
                NextAction("wait_for_clickpipe", "until Paused", target | {"until": "stopped"}),
                self._again(),
            ]
        if not self.is_changed and _rests(self.pipe):
            ways = [self._again()]
            if self.course.runs:
                ways.append(NextAction("start_clickpipe", "to give the edit up", target))
            return ways
        if self.course.runs and _rests(self.pipe):
            return [NextAction("start_clickpipe", "it ran before the edit", target)]
        if self.course.runs is False and not _rests(self.pipe):
            if self.pipe.state in _ON_ITS_WAY_DOWN:
                until = target | {"until": "stopped"}
                return [NextAction("wait_for_clickpipe", "until it is Paused again", until)]
            return [NextAction("stop_clickpipe", "it was paused before the edit", target)]
        return []

    def _again(self) -> NextAction:
        """The same call from here on; what is long or secret the caller has to repeat."""
        goes_on: dict[str, object] = {"pause_if_needed": True, "resume": self.course.runs}
        given = self.call.arguments.model_dump(
            mode="json", exclude_none=True, exclude={"confirmation_token"}
        )
        is_long = len(str(given)) > MOST_REPEATED
        if is_long or any(literal_secrets(self.edit.body)):
            short = {"clickpipe": self.pipe.id, **goes_on}
            return NextAction("update_clickpipe", "with the same change; goes on from here", short)
        return NextAction("update_clickpipe", "goes on from here", {**given, **goes_on})


def tell(steps: list[StepRow]) -> str:
    """Steps in a sentence."""
    return "; ".join(f"{row.step}: {row.outcome}" for row in steps)


def _rests(pipe: Pipe) -> bool:
    return state_named(pipe.state).stage is Stage.RESTING or pipe.state in _ON_ITS_WAY_DOWN


def _rests_or_broke(pipe: Pipe) -> bool:
    return state_named(pipe.state).stage in (Stage.RESTING, Stage.BROKEN)


def _moves(pipe: Pipe) -> bool:
    return not _rests(pipe)


def _is_past_checking(pipe: Pipe) -> bool:
    """The API checks an edit by resuming the pipe; an initial load may go on for hours."""
    return state_named(pipe.state).stage in (Stage.WORKING, Stage.DONE, Stage.BROKEN) or (
        pipe.state in ("Snapshot", "Resync")
    )
