"""Creating a pipe at most once: what exists is adopted, what may exist is looked for.

The API knows no idempotency key and lets names repeat, so a repeated create would be a second
pipe. What stands in for a key is the name, checked against the configuration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import Pipe, RequestBody, differences
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.errors import (
    ClickPipesError,
    Conflict,
    NextAction,
    NobodyYet,
)
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.tools._tool import Call

OPERATION = "create"
"""What the journal calls it."""

UNANSWERED_SETTLES_S = 300.0
"""How long a create may still appear after its answer was lost: the API checks the source first,
and official clients give it five minutes. Source: the Terraform provider's timeout."""

ANSWERED_SETTLES_S = 30.0
"""The same where the API itself answered with an error: it is no longer at work."""

_A_SLICE_S = 45.0
"""Below the 60 s after which hosts give up on a call."""

_AFTER_A_LOST_ANSWER_S = 10.0
_FIRST_LOOK_S = 0.5
_LONGEST_PAUSE_S = 5.0
_SHORTEST_PAUSE_S = 0.01
"""The rest of a patience may be too little to move the clock, as floating-point numbers go."""

_MOST_FIELDS = 12
_DELETION = "delete"
_DELETING_TAKES_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """A pipe that is to exist: its service, its name and the body that would create it."""

    service_id: str
    name: str
    body: RequestBody
    spec: SourceSpec


@cache
def field_names(model: type[Request]) -> frozenset[str]:
    """Every name, in the API's spelling, that a request of this kind may hold."""
    return frozenset(_properties(model.model_json_schema(by_alias=True)))


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties" and isinstance(value, dict):
                yield from value
            yield from _properties(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _properties(item)


async def existing(call: Call[Any], wanted: Wanted) -> Pipe | None:
    """The pipe that is there already, or that an earlier attempt turns out to have made.

    Raises:
        Conflict: The name belongs to a pipe that is set up differently, or is being deleted.
        NobodyYet: An earlier attempt may still take effect; nothing was sent.
    """
    pipe = await _same(call, wanted)
    if call.is_dry_run:
        return pipe
    if pipe is None:
        pipe = await _made_earlier(call, wanted)
    if pipe is not None:
        settle(call, wanted, "adopted", pipe)
    return pipe


async def found_after_all(call: Call[Any], wanted: Wanted, error: NobodyYet) -> Pipe:
    """The pipe, where the answer to its creation was lost but the request had arrived.

    Raises:
        NobodyYet: The same error, with what is known by now.
        Conflict: Somebody else has made a pipe of that name meanwhile.
    """
    try:
        pipe = await _looked_for(call, wanted, _AFTER_A_LOST_ANSWER_S)
    except Conflict:
        raise
    except ClickPipesError:
        error.message += " The list of pipes could not be read either."
        error.next_actions = (_look_again(wanted),)
        raise error from None
    if pipe is None:
        error.message += " No ClickPipe of that name is listed yet; it may still appear."
        error.next_actions = (_look_again(wanted),)
        raise error
    settle(call, wanted, "adopted", pipe)
    call.warnings.append(
        "The API did not confirm the creation, but the pipe exists. It was not sent twice."
    )
    return pipe


def settle(call: Call[Any], wanted: Wanted, outcome: str, pipe: Pipe | None = None) -> None:
    """Record how the attempts ended of which nobody knew."""
    for attempt in _open_attempts(call, wanted):
        call.app.journal.outcome(attempt, outcome, clickpipe_id=pipe.id if pipe else None)


async def _same(call: Call[Any], wanted: Wanted) -> Pipe | None:
    pipes = await call.app.client.pipes(wanted.service_id)
    named = [pipe for pipe in pipes if pipe.name == wanted.name]
    if not named:
        return None
    staying = [pipe for pipe in named if not _is_being_deleted(call, pipe)]
    if not staying:
        raise _leaving(named[0])
    known = field_names(wanted.spec.create)
    compared = [(pipe, differences(wanted.body, pipe, known)) for pipe in staying]
    for pipe, differing in compared:
        if not differing:
            return pipe
    raise _different(*compared[0], wanted)


def _is_being_deleted(call: Call[Any], pipe: Pipe) -> bool:
    """Whether this server had it deleted: the API goes on listing it for a while."""
    now = call.app.clock.now()
    return any(
        entry.operation == _DELETION
        and entry.clickpipe_id == pipe.id
        and (
            entry.outcome == "done"
            or (entry.is_open and (now - entry.time).total_seconds() < _DELETING_TAKES_S)
        )
        for entry in call.app.journal.recent()
    )


def _leaving(pipe: Pipe) -> Conflict:
    target: dict[str, object] = {"clickpipe": pipe.id, "until": "deleted"}
    return Conflict(
        f"The ClickPipe of that name ({pipe.id}) is being deleted. Nothing was sent.",
        fix="Wait until it is gone, then repeat the call unchanged.",
        next_actions=[NextAction("wait_for_clickpipe", "until it is gone", target)],
    )


def _different(pipe: Pipe, differing: tuple[str, ...], wanted: Wanted) -> Conflict:
    fields = ", ".join(_as_written(path, wanted.spec.arm) for path in differing[:_MOST_FIELDS])
    rest = len(differing) - _MOST_FIELDS
    more = f" and {rest} more" if rest > 0 else ""
    target: dict[str, object] = {"clickpipe": pipe.id}
    return Conflict(
        f"A ClickPipe of that name exists already ({pipe.id}, {pipe.state}) and is set up "
        f"differently in: {fields}{more}. Nothing was sent.",
        fix="Use it, change it with update_clickpipe, or choose another name.",
        next_actions=[NextAction("get_clickpipe", "shows the existing pipe", target)],
    )


def _as_written(path: str, arm: str) -> str:
    """A path as the tool's arguments are written: `source.table_mappings`."""
    return ".".join(snake_case(step) for step in path.split(".") if step != arm)


def _open_attempts(call: Call[Any], wanted: Wanted) -> list[JournalEntry]:
    return [
        entry
        for entry in call.app.journal.recent()
        if entry.is_open
        and entry.operation == OPERATION
        and entry.service_id == wanted.service_id
        and entry.is_about(wanted.name)
    ]


async def _made_earlier(call: Call[Any], wanted: Wanted) -> Pipe | None:
    """What earlier attempts made of which nobody knows the end; None when that was nothing."""
    left_s = _settles_in_s(call, wanted)
    if left_s > 0:
        patience_s = min(left_s, _A_SLICE_S)
        pipe = await _looked_for(call, wanted, patience_s)
        if pipe is not None:
            call.warnings.append("An earlier attempt, whose answer was lost, had created it.")
            return pipe
        left_s -= patience_s
    if left_s > 0:
        raise NobodyYet(
            "An earlier attempt to create this pipe got no answer and may still take effect. "
            "Nothing was sent.",
            fix=f"Repeat the call unchanged, {left_s:.0f} s from now at the latest: it adopts "
            "the pipe if it has appeared and creates it otherwise.",
            next_actions=[_look_again(wanted)],
        )
    settle(call, wanted, "absent")
    return None


def _settles_in_s(call: Call[Any], wanted: Wanted) -> float:
    """Seconds until no earlier attempt can take effect any more; not positive when none can."""
    now = call.app.clock.now()
    unanswered_s = max(UNANSWERED_SETTLES_S, call.app.settings.write_timeout_s)
    return max(
        (
            (ANSWERED_SETTLES_S if entry.request_id else unanswered_s)
            - max((now - entry.time).total_seconds(), 0.0)
            for entry in _open_attempts(call, wanted)
        ),
        default=0.0,
    )


async def _looked_for(call: Call[Any], wanted: Wanted, patience_s: float) -> Pipe | None:
    clock = call.app.clock
    began, pause_s = clock.monotonic(), _FIRST_LOOK_S
    while (waited_s := clock.monotonic() - began) < patience_s:
        await call.report(waited_s, patience_s, "looking whether the pipe was created after all")
        await clock.sleep(max(min(pause_s, patience_s - waited_s), _SHORTEST_PAUSE_S))
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        pipe = await _same(call, wanted)
        if pipe is not None:
            return pipe
    return None


def _look_again(wanted: Wanted) -> NextAction:
    return NextAction(
        "list_clickpipes",
        "look again in a minute, before creating it again",
        {"name_contains": wanted.name},
    )
