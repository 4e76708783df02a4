"""A file carried out: the calls of its plan, one after another, each as if made by itself."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import ClickPipesError, InvalidArguments, Problem
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import find_service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.code.nested import Step, call_within
from clickpipes_mcp.tools.code.plan import FileArguments, read, summary_of
from clickpipes_mcp.tools.code.planning import Planned, Standing, plan
from clickpipes_mcp.tools.code.room import SHORT, WHOLE, Room, tell_cut
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.secret_journeys import tell_journey
from clickpipes_mcp.tools.views import View

_ORDER: Final = ("create", "scale", "start", "update", "stop", "delete")
"""First what nobody has to be asked about. A person is asked about one step of a call."""

DRY_RUN: Final = "What is left would be done. Dry run: nothing was sent."
Agrees: TypeAlias = Callable[[Step], bool]
"""Whether somebody has agreed beforehand to what a step may lose."""


class ApplyArguments(ConfirmedArguments, DryRunArguments, FileArguments):
    """A file, and the pipes that go."""

    delete: list[Text] | None = Field(
        default=None,
        description="Names of pipes to delete: of those not in the file, or that need a new pipe.",
    )


class StepRow(BaseModel):
    """One step and how it ended."""

    clickpipe: str
    tool: str
    outcome: str


class ApplyView(View):
    """What was done, in its order, and what is left."""

    done: list[StepRow] | None = None
    left: list[StepRow] | None = None


@dataclass
class Progress:
    """The steps of a plan, and how far they are."""

    done: list[StepRow] = field(default_factory=list)
    left: list[StepRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, step: Step, outcome: str) -> None:
        """A step that was made."""
        self.done.append(_row(step, outcome))

    def leave(self, step: Step, why: str) -> None:
        """A step that was not."""
        self.left.append(_row(step, why))


async def prepare_apply(call: Call[ApplyArguments]) -> Prepared:
    """Compare, and prepare the first step; a person is asked about that one, where it needs one."""
    service = await find_service_id(call.app, call.arguments)
    planned = await plan(call.app, service, await read(call.arguments.content))
    steps = steps_of(planned, call.arguments.delete or ())
    progress = Progress()
    progress.warnings += _untouched(planned, call.arguments.delete or ())
    if not steps:
        return Prepared(None, partial(_answer_at_once, progress, summary_of(planned)))
    return await prepare_steps(call, steps, progress)


async def prepare_steps(
    call: Call[Any], steps: Sequence[Step], progress: Progress | None = None
) -> Prepared:
    """Prepare the first of some steps; a person is asked about that one, where it needs one.

    Raises:
        ClickPipesError: It cannot be made; nothing was sent.
    """
    progress = progress or Progress()
    if call.is_dry_run:
        for step in steps:
            progress.leave(step, f"{step.why}, in a call without dry_run")
        return Prepared(None, partial(_answer_at_once, progress, DRY_RUN))
    first, *rest = steps
    with _naming(first):
        nested = call_within(call, first)
        prepared = await nested.tool.prepare(nested) if nested.tool.prepare else None
    act = partial(_carry_out, call, progress, (first, nested), rest)
    if prepared is None:
        return Prepared(None, partial(act, nested.run))
    return Prepared(
        prepared.impact,
        partial(act, prepared.act),
        prepared.sends,
        prepared.is_passing,
        prepared.body,
    )


async def _answer_at_once(progress: Progress, summary: str) -> ApplyView:
    return _answer(progress, summary)


def steps_of(planned: Sequence[Planned], delete: Sequence[str]) -> list[Step]:
    """All steps, in the order in which they are made.

    Raises:
        InvalidArguments: A pipe to delete is not there, shares its name, or is to stay as it is.
    """
    steps = [step for one in planned for step in one.steps]
    going: dict[str, list[Pipe]] = {}
    for one in planned:
        if one.pipe is not None and (one.standing is Standing.NOT_IN_FILE or one.needs_new):
            going.setdefault(one.name, []).append(one.pipe)
    problems = [_not_to_delete(name, going) for name in delete if len(going.get(name, ())) != 1]
    if problems:
        raise InvalidArguments(problems)
    for name in dict.fromkeys(delete):
        (pipe,) = going[name]
        about = {"service": pipe.service_id, "clickpipe": pipe.id}
        steps.append(Step("delete_clickpipe", name, about, "deletes it"))
    return sorted(steps, key=lambda step: _ORDER.index(step.tool.partition("_")[0]))


def _not_to_delete(name: str, going: Mapping[str, Sequence[Pipe]]) -> Problem:
    if name in going:
        fix = "Delete the one that is meant by its id, with delete_clickpipe."
        return Problem("delete", f"{quote(name)} is the name of several pipes", fix=fix)
    message = "is no pipe beyond the file, and none that needs a new pipe"
    return Problem("delete", message, tuple(going)[:15])


def _untouched(planned: Sequence[Planned], delete: Sequence[str]) -> Iterator[str]:
    for one in planned:
        if one.needs_new and one.name not in delete:
            yield (
                f"{quote(one.name)} needs a new pipe, so nothing of it was changed. Name it in "
                "delete, and the next call creates it anew; or give it another name in the file."
            )
        elif one.standing is Standing.SHARED_NAME:
            yield f"Several pipes are named {quote(one.name)}: none was touched."


async def _carry_out(
    call: Call[Any],
    progress: Progress,
    first: tuple[Step, Call[Any]],
    rest: Sequence[Step],
    act: Callable[[], Awaitable[View]],
) -> ApplyView:
    """Make the first step, to what was looked at, and then those that need nobody."""
    step, nested = first
    nested.consent = call.consent
    with _naming(step):
        view = await act()
    call.warnings += nested.warnings
    progress.note(step, view.summary)
    is_off = call.consent_mode == "dangerously-off"
    await carry_on(call, progress, rest, lambda _: is_off)
    return _answer(progress)


@contextmanager
def _naming(step: Step) -> Iterator[None]:
    """Tell of a failure which pipe of the file it is about."""
    try:
        yield
    except ClickPipesError as error:
        error.message = f"{quote(step.pipe)}, {step.tool}: {error.message}"
        raise


async def apply_named(call: Call[ApplyArguments], agreed: Collection[str]) -> ApplyView:
    """Make every step that loses nothing, and the others of pipes that somebody named.

    Nobody is asked. What a name cannot stand for is left: the proof that the operator wants of a
    person, and a secret's way to a host that nobody was shown.
    """
    service = await find_service_id(call.app, call.arguments)
    planned = await plan(call.app, service, await read(call.arguments.content))
    delete = call.arguments.delete or ()
    progress, steps = Progress(), steps_of(planned, delete)
    progress.warnings += _untouched(planned, delete)
    call.consent = "named on the command line"
    takes_proof = call.app.settings.approval != "page"
    agreed = () if takes_proof else agreed
    await carry_on(call, progress, steps, lambda step: step.pipe in agreed, sends=False)
    if takes_proof and progress.left:
        progress.warnings.append(
            f"CLICKPIPES_APPROVAL={call.app.settings.approval} wants a proof from a person, which "
            "no name on a command line is: an assistant's apply_clickpipes asks for it."
        )
    return _answer(progress, "" if steps else summary_of(planned), WHOLE)


async def carry_on(
    call: Call[Any],
    progress: Progress,
    steps: Sequence[Step],
    agrees: Agrees,
    *,
    sends: bool = True,
) -> None:
    """Make the steps that nobody has to be asked about, or that somebody agreed to.

    Stops at the first that fails; that and all after it are left. `sends` is whether agreeing to a
    step covers secrets that go to hosts where they have not been.
    """
    for index, step in enumerate(steps):
        try:
            nested = call_within(call, step)
            impact = await nested.impact()
            wanted = nested.secrets_wanted()
            if wanted is not None:
                progress.leave(step, "a person has to give its secrets: call again")
                continue
            if nested.journeys and not sends:
                told = " ".join(map(tell_journey, nested.journeys))
                progress.leave(step, f"a person has to agree, in an assistant: {told}")
                continue
            if impact is not None and not agrees(step):
                progress.leave(step, "a person has to agree: call again")
                continue
            nested.consent = call.consent if impact is not None else "not needed"
            view = await nested.run()
        except ClickPipesError as error:
            _leave_all(progress, steps[index:], error)
            return
        progress.note(step, view.summary)
        call.warnings += nested.warnings


def _leave_all(progress: Progress, steps: Sequence[Step], error: ClickPipesError) -> None:
    first, *rest = steps
    doubt = "; it may have taken effect" if error.may_have_happened else ""
    fields = "; ".join(f"{one.path} {one.message}" for one in error.problems[:5])
    told = " ".join(filter(None, (error.message, fields)))
    progress.leave(first, f"failed: {error.code}{doubt}: {told} {error.fix}".strip())
    for step in rest:
        progress.leave(step, "not tried, because a step before it failed")


def _answer(progress: Progress, summary: str = "", room: Room = SHORT) -> ApplyView:
    failed = next((one for one in progress.left if one.outcome.startswith("failed")), None)
    told = f"{len(progress.done)} done, {len(progress.left)} left."
    if failed:
        told += f" Stopped at {quote(failed.clickpipe)}. Mend that and call again: it goes on."
    elif progress.left:
        told += " Call again with the same file: it goes on."
    return ApplyView(
        summary=summary or told,
        done=progress.done[: room.rows] or None,
        left=progress.left[: room.rows] or None,
        warnings=[
            *progress.warnings,
            *tell_cut(room.rows, len(progress.done), "steps that were made"),
            *tell_cut(room.rows, len(progress.left), "steps that are left"),
        ],
    )


def _row(step: Step, outcome: str) -> StepRow:
    return StepRow(
        clickpipe=clean(step.pipe, limit=80), tool=step.tool, outcome=clean(outcome, limit=400)
    )


APPLY = ToolSpec(
    name="apply_clickpipes",
    title="Apply ClickPipes",
    description="Change a service to what a file of pipes says, step by step through the other "
    "tools; plan_clickpipes first. It stops at the first failure and goes on when called again. A "
    "person is asked about one step a call, so repeat it while steps are left. Nothing is deleted "
    "but what delete names.",
    toolset="code",
    effect=Effect.MIXED,
    is_idempotent=True,
    arguments=ApplyArguments,
    view=ApplyView,
    prepare=prepare_apply,
)
TOOLS = (APPLY,)
