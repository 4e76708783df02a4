"""Walking through an update: pause the pipe, change it, leave it as it was. Every step is told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import ClickPipesError, Conflict, NextAction, RefusedByApi, UnknownPipe
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.secret_refs import literal_secrets
from clickpipes_mcp.tools.pipe_views import wait_until
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, watch
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.updating.course import (
    ON_ITS_WAY_DOWN,
    PAUSED,
    Course,
    is_past_checking,
    moves,
    rests,
    rests_or_broke,
)
from clickpipes_mcp.tools.updating.edits import Edit
from clickpipes_mcp.tools.updating.steps import Step, Steps
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments
from clickpipes_mcp.tools.writes import send

PAUSING_TAKES_S = 25.0
"""The longest wait for Paused. What is left of the call is for running or pausing it again."""

RESUMING_SHOWS_S = 10.0
"""How long the API's answer may still say Paused after an edit that made it resume the pipe."""

LEAST_WAY_BACK_S = 5.0
MOST_REPEATED = 1500


class StepRow(BaseModel):
    """One step and how it ended."""

    model_config = ConfigDict(frozen=True)

    step: str
    outcome: str


@dataclass
class Way:
    """One walk through an update: the pipe as it was last seen, and what has been done.

    `missing` are the changes that were not made yet.
    """

    call: Call[UpdateArguments]
    edit: Edit
    course: Course
    steps: Steps
    pipe: Pipe = field(init=False)
    missing: list[Step] = field(init=False)
    rows: list[StepRow] = field(default_factory=list)
    _is_paused_by_us: bool = False
    _began_s: float = 0.0

    def __post_init__(self) -> None:
        self.pipe, self.missing = self.edit.pipe, [*self.steps.changes]
        self._began_s = self.call.app.clock.monotonic()

    async def walk(self) -> bool:
        """Send every step. False: the time was up before the pipe was Paused.

        Raises:
            ClickPipesError: A step failed; the message tells what took effect.
        """
        try:
            if not await self._pause():
                return False
            for step in self.steps.changes:
                await self._send(step)
                self._note(step.name, "done")
                self.missing.remove(step)
        except ClickPipesError as error:
            await self._turn_back(error)
            raise
        await self._leave_as_meant()
        return True

    async def _pause(self) -> bool:
        if self.steps.pause:
            try:
                self._is_paused_by_us = True
                await self._command(self.steps.pause)
            except ClickPipesError as error:
                self._is_paused_by_us = error.may_have_happened
                raise
        if self.course.waits:
            await self._watch(rests_or_broke, self._began_s + PAUSING_TAKES_S)
            self._note("wait for Paused", self.pipe.state)
            if state_named(self.pipe.state).stage is Stage.BROKEN:
                raise Conflict(f"The pipe became {self.pipe.state} while it was being paused.")
        return not self.course.waits or self.pipe.state == PAUSED

    async def _leave_as_meant(self) -> None:
        """Run or pause the pipe, as it shall be left. The API may have resumed it by itself."""
        if self.course.runs is None:
            return
        try:
            is_over = moves if self.course.runs else is_past_checking
            await self._watch(is_over, self._way_back_until(RESUMING_SHOWS_S))
            if self.steps.pause_again:
                await self._rest(self.steps.pause_again)
            else:
                await self._run()
        except ClickPipesError as error:
            self._note("run again" if self.course.runs else "pause again", f"failed: {error.code}")

    async def _run(self) -> None:
        if rests(self.pipe):
            await self._start()
        else:
            self._note("run again", f"the API resumed it: {self.pipe.state}")

    async def _rest(self, step: Step) -> None:
        if rests(self.pipe):
            self._note(step.name, f"it stayed {self.pipe.state}")
            return
        await self._command(step)
        await self._watch(rests_or_broke, self._way_back_until(LONGEST_WAIT_S))
        self._note("wait for Paused", self.pipe.state)

    async def _start(self) -> None:
        try:
            await self._command(self.steps.run_again)
            await self._watch(moves, self._way_back_until(LEAST_WAY_BACK_S))
        except RefusedByApi:
            # Somebody, or the API itself, was faster; what counts is that it runs.
            self.pipe = await self.call.app.client.pipe(self.pipe.service_id, self.pipe.id)
            if rests(self.pipe):
                raise
            self._note("run again", f"it runs already: {self.pipe.state}")

    async def _turn_back(self, error: ClickPipesError) -> None:
        """After a failure: start the pipe again if this call paused it, and tell what was done."""
        was_ours = self._is_paused_by_us or not self.course.stops
        if self.course.runs and was_ours and not isinstance(error, UnknownPipe):
            try:
                await self._start()
            except ClickPipesError as second:
                self._note("run again", f"failed: {second.code}")
        if self.rows:
            error.message += f" Steps: {tell(self.rows)}. Last seen state: {self.pipe.state}."
            error.next_actions = tuple(self.following() or error.next_actions)

    async def _command(self, step: Step) -> None:
        await self._send(step)
        self._note(step.name, f"acknowledged: {self.pipe.state}")

    async def _send(self, step: Step) -> None:
        try:
            answer = await send(self.call, step.write)
        except ClickPipesError as error:
            doubt = "; it may have taken effect" if error.may_have_happened else ""
            if self.course.interrupts or self.rows:
                self._note(step.name, f"failed: {error.code}{doubt}")
            raise
        if isinstance(answer, Pipe):
            self.pipe = answer

    async def _watch(self, is_over: Callable[[Pipe], bool], until_s: float) -> None:
        self.pipe = await watch(
            self.call, self.pipe, is_over, began_s=self._began_s, until_s=until_s
        )

    def _way_back_until(self, at_most_s: float) -> float:
        """When to stop waiting: within the time of the call, but never without waiting at all."""
        now_s = self.call.app.clock.monotonic()
        end_s = max(self._began_s + LONGEST_WAIT_S, now_s + LEAST_WAY_BACK_S)
        return min(end_s, now_s + at_most_s)

    def _note(self, step: str, outcome: str) -> None:
        self.rows.append(StepRow(step=step, outcome=outcome))

    def following(self) -> list[NextAction]:
        """The calls that finish what is not finished."""
        target: dict[str, object] = {"clickpipe": self.pipe.id}
        if 0 < len(self.missing) < len(self.steps.changes):
            rest = target | {"settings": self.edit.settings}
            return [NextAction("update_clickpipe_settings", "sends what is still missing", rest)]
        if self.missing and self.pipe.state in ON_ITS_WAY_DOWN:
            return [wait_until(self.pipe, "stopped", "waits until it is Paused"), self._again()]
        if self.missing and rests(self.pipe):
            ways = [self._again()]
            if self.course.runs:
                ways.append(
                    NextAction("start_clickpipe", "gives the edit up and lets the pipe run", target)
                )
            return ways
        if self.course.runs and rests(self.pipe):
            return [NextAction("start_clickpipe", "lets it run, as before the edit", target)]
        if self.course.runs is False and not rests(self.pipe):
            if self.pipe.state in ON_ITS_WAY_DOWN:
                return [wait_until(self.pipe, "stopped", "waits until it is Paused again")]
            return [NextAction("stop_clickpipe", "pauses it, as before the edit", target)]
        return []

    def _again(self) -> NextAction:
        """The same call again. A change that is long or secret is left to the caller to repeat."""
        goes_on: dict[str, object] = {"pause_if_needed": True, "resume": self.course.runs}
        given = self.call.arguments.model_dump(
            mode="json", exclude_none=True, exclude={"confirmation_token"}
        )
        is_long = len(str(given)) > MOST_REPEATED
        if is_long or any(literal_secrets(self.edit.body)):
            short = {"clickpipe": self.pipe.id, **goes_on}
            return NextAction(
                "update_clickpipe", "goes on from here; give the same change again", short
            )
        return NextAction("update_clickpipe", "goes on from here", {**given, **goes_on})


def tell(rows: list[StepRow]) -> str:
    """Steps in a sentence."""
    return "; ".join(f"{row.step}: {row.outcome}" for row in rows)
