"""Plays the conversation and watches that every step ends as it should."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import anyio
from pydantic import JsonValue
from rich.status import Status

from clickpipes_mcp import __version__
from clickpipes_mcp.demo.browser import PageUnusable
from clickpipes_mcp.demo.real_postgres import (
    HOW_TO_SEE,
    TITLE,
    NoDatabase,
    RealPostgres,
    looked_at,
    prepared,
)
from clickpipes_mcp.demo.screen import Screen
from clickpipes_mcp.demo.script import chapters
from clickpipes_mcp.demo.short_script import short_chapters
from clickpipes_mcp.demo.short_transcript import ShortTranscript
from clickpipes_mcp.demo.stage import Era, Person, ServerLost, Stage
from clickpipes_mcp.demo.steps import Answer, Chapter, Step, Visit, shortfalls, value_at
from clickpipes_mcp.demo.transcript import Tally, Transcript
from clickpipes_mcp.errors import ConsentRequired

WATCHABLE_SPEED = 60.0
FAST_SPEED = 2000.0
"""Simulated seconds in a real one: a minute of provisioning becomes a second, or nothing."""

_PAUSE_S = 0.12
_REPEAT_EVERY_S = 0.25
_LOG_SHOWN = 1000
_OPENING = Step("tools/list")


class StepFailed(Exception):
    """A step did not end as it should."""

    def __init__(self, step: Step, reasons: Sequence[str], text: str) -> None:
        super().__init__(step.tool)
        self.step = step
        self.reasons = list(reasons)
        self.text = text


async def play(
    screen: Screen,
    era: Era = "modern",
    *,
    is_whole: bool = True,
    is_paced: bool = True,
    script: Sequence[Chapter] | None = None,
    address: str = "",
) -> bool:
    """Play all of it, or what fits on one screen; whether every step ended as it should.

    Where nobody reads the screen any more, it ends early. `address` is the address of a real
    database, for the chapter that needs one.

    Raises:
        NoDatabase: There is none at that address.
    """
    transcript, began = (Transcript if is_whole else ShortTranscript)(screen), time.monotonic()
    person = Person(transcript.question, transcript.page)
    speed = FAST_SPEED if is_whole and not is_paced else WATCHABLE_SPEED
    if script is None:
        script = chapters() if is_whole else short_chapters()
    with tempfile.TemporaryDirectory(prefix="clickpipes-demo-") as folder:
        async with AsyncExitStack() as stack:
            database = stack.enter_context(prepared(address)) if address else None
            script = [*script, looked_at(database)] if database else script
            steps = [step for chapter in script for step in chapter.steps]
            given = {database.own: database.password} if database else {}
            stage = Stage(stack, Path(folder), era, speed, person, steps, given)
            player = _Player(stage, transcript, _PAUSE_S if is_paced else 0.0, database)
            failed = await player.play(script)
            if is_whole and not database:
                transcript.left_out(TITLE, HOW_TO_SEE)
    transcript.closing(player.tally, time.monotonic() - began, failed)
    return failed is None


class _Player:
    """Goes through the steps until one fails."""

    def __init__(
        self, stage: Stage, transcript: Transcript, pause_s: float, database: RealPostgres | None
    ) -> None:
        self._stage = stage
        self._transcript = transcript
        self._pause_s = pause_s
        self._database = database
        self.tally = Tally()
        self._last: Mapping[str, object] = {}

    async def play(self, script: Sequence[Chapter]) -> str | None:
        """Answers the name of the step that failed, if one did."""
        try:
            with self._transcript.waiting("the server starts"):
                await self._open(script[0].steps[0])
            for number, chapter in enumerate(script, 1):
                self._transcript.chapter(number, chapter)
                for step in chapter.steps:
                    if self._transcript.is_unread:
                        return None
                    await self._step(step)
        except StepFailed as failure:
            self._transcript.failure(failure.step, failure.reasons, failure.text)
            return f"step {self.tally.steps + 1}, {failure.step.tool}"
        return None

    async def _open(self, first: Step) -> None:
        try:
            client = await self._stage.client(scenario=first.scenario)
            tools = len((await client.list_tools()).tools)
        except ServerLost as error:
            raise self._lost(_OPENING, error) from error
        self._transcript.opening(__version__, client.protocol_version, tools)

    async def _step(self, step: Step) -> None:
        self._transcript.call(step)
        taken = {
            name: cast("JsonValue", value_at(self._last, at)) for name, at in step.takes.items()
        }
        try:
            answer = await self._outcome(replace(step, arguments={**step.arguments, **taken}))
        except ServerLost as error:
            raise self._lost(step, error) from error
        reasons = [*shortfalls(step, answer), *self._stage.sightings(answer)]
        if reasons:
            raise StepFailed(step, reasons, answer.text)
        self._last = answer.content
        self._transcript.answer(step, answer)
        self._count(step, answer)
        if step.visit is not None:
            await self._visit(step, step.visit, answer)
        if self._database and step.runs:
            self._run(step, self._database, answer)
        await anyio.sleep(self._pause_s)

    def _run(self, step: Step, database: RealPostgres, answer: Answer) -> None:
        statement = str(value_at(answer.content, step.runs))
        try:
            database.run(statement)
        except NoDatabase as error:
            raise StepFailed(step, [str(error)], answer.text) from error
        self._transcript.ran(statement)

    async def _visit(self, step: Step, visit: Visit, answer: Answer) -> None:
        try:
            page = await self._stage.person.visit(visit, answer.text)
        except PageUnusable as error:
            raise StepFailed(step, [str(error)], answer.text) from error
        if page.headline != visit.ends:
            reason = f"the page should end with “{visit.ends}”, not “{page.headline}”"
            raise StepFailed(step, [reason], "\n".join(page.lines))
        self._transcript.after_visit(page)
        if answer.content.get("code") == ConsentRequired.code:
            self.tally.questions += 1
            self.tally.agreed += 1

    async def _outcome(self, step: Step) -> Answer:
        """The answer; a read is repeated while it may still come to be what is expected."""
        deadline = time.monotonic() + step.expected.patience_s
        with self._transcript.waiting() as status:
            progress = _Progress(status)
            while True:
                self.tally.calls += 1
                answer = await self._stage.call(step, progress.report)
                is_as_expected = not any(shortfalls(step, answer))
                if is_as_expected or time.monotonic() >= deadline:
                    break
                status.update("not yet to be seen")
                await anyio.sleep(_REPEAT_EVERY_S)
        self._transcript.passed_through(progress.states)
        return answer

    def _count(self, step: Step, answer: Answer) -> None:
        self.tally.steps += 1
        self.tally.questions += answer.questions
        if answer.questions and not answer.is_error:
            self.tally.agreed += 1
        if step.makes_a_pipe and not answer.is_error:
            self.tally.created += 1

    def _lost(self, step: Step, error: ServerLost) -> StepFailed:
        return StepFailed(step, [str(error)], self._stage.log()[-_LOG_SHOWN:])


@dataclass
class _Progress:
    """Progress notifications as a line that moves, and the states they told of."""

    status: Status

    def __post_init__(self) -> None:
        self.states: list[str] = []

    async def report(self, progress: float, total: float | None, message: str | None) -> None:
        """What the client calls for every notification."""
        told = message or ""
        state = told.partition(" for ")[0]
        if state and state not in self.states[-1:]:
            self.states.append(state)
        of = f" of at most {total:.0f} s" if total else ""
        self.status.update(f"{told}{of}" if told else f"{progress:.0f}{of}")
