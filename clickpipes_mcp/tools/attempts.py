"""Attempts at creating the same thing, by this server process or another.

The API knows no idempotency key. What stands in for one is the journal: it tells of attempts
whose end nobody knows, and the order of its lines decides which of several processes sends.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from anyio.lowlevel import checkpoint

from clickpipes_mcp.cloud import LOOK_FIRST, Pipe
from clickpipes_mcp.errors import ClickPipesError, Conflict, NobodyYet
from clickpipes_mcp.journal import ABSENT, ADOPTED, YIELDED, JournalEntry
from clickpipes_mcp.tools.adoption import Wanted
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S, poll
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.writes import Write, announce, send_announced

T = TypeVar("T")

Look: TypeAlias = Callable[[], Awaitable[T | None]]
"""Whether what is to be created is there by now."""

UNANSWERED_SETTLES_S = 300.0
"""How long a create may still appear after its answer was lost: the API checks the source first,
and official clients give it five minutes. Source: the Terraform provider's timeout."""

ANSWERED_SETTLES_S = 30.0
"""The same where the API answered with an error: then it has stopped working on it."""

_LOST = "The create was sent, its answer was lost, and it may still take effect."
_AFTER_A_LOST_ANSWER_S = 10.0
_TOLERANCE_S = 0.1
"""The clock for waiting and the clock of the journal may differ by this much after a wait."""


@dataclass(frozen=True)
class Made(Generic[T]):
    """What is there in the end; `is_new` where this call created it."""

    thing: T
    is_new: bool


@dataclass(frozen=True)
class _Looks(Generic[T]):
    usual: Look[T]
    first: Look[T]
    afterwards: Look[T]


async def create_once(
    call: Call[Any],
    wanted: Wanted[T],
    write: Write[T],
    look: Look[T],
    *,
    first: Look[T] | None = None,
    afterwards: Look[T] | None = None,
    check: Callable[[], Awaitable[None]] = checkpoint,
) -> Made[T]:
    """Create something at most once: adopt it if it is there, and look for it if it may be.

    `first` looks before all else, `afterwards` when the answer was lost; both are `look` unless
    they are given. `check` is what comes just before something is announced and sent; it refuses
    by raising.

    Raises:
        Conflict: It is there and is set up differently, or is being deleted.
        NobodyYet: It may still appear, by this call or by another.
    """
    async with call.app.client.alone(f"{wanted.operation} {wanted.service_id} {wanted.key}"):
        looks = _Looks(look, first or look, afterwards or look)
        return await _create(call, wanted, write, looks, check)


async def _create(
    call: Call[Any],
    wanted: Wanted[T],
    write: Write[T],
    looks: _Looks[T],
    check: Callable[[], Awaitable[None]],
) -> Made[T]:
    closed = closed_attempts(call, wanted)
    with before_sending():
        found = await (looks.first)()
        if found is None:
            found = await find_made_earlier(call, wanted, looks.usual)
        if found is not None:
            return Made(await _settle_as_adopted(call, wanted, found), is_new=False)
        await check()
        intent = await announce(call, write)
        if await yield_to_others(call, wanted, intent, closed):
            found = await find_made_by_another(call, wanted, looks.usual)
            return Made(await _settle_as_adopted(call, wanted, found), is_new=False)
    try:
        made = await send_announced(call, write, intent)
    except NobodyYet as error:
        if not error.may_have_happened:
            raise
        found = await find_after_lost_answer(call, wanted, looks.afterwards, error)
        made = await _settle_as_adopted(call, wanted, found)
    return Made(made, is_new=True)


@contextmanager
def before_sending() -> Iterator[None]:
    """Add to every conflict raised within that nothing was sent."""
    try:
        yield
    except Conflict as error:
        error.message += " Nothing was sent."
        raise


async def _settle_as_adopted(call: Call[Any], wanted: Wanted[Any], found: T) -> T:
    """Record that every attempt of unknown end led to this thing, and return it."""
    pipe_id = found.id if isinstance(found, Pipe) else None
    await settle(call, open_attempts(call, wanted), ADOPTED, clickpipe_id=pipe_id)
    return found


def _is_about(wanted: Wanted[Any], entry: JournalEntry) -> bool:
    """Whether a line of the journal is about the creation of the same thing."""
    return (
        entry.operation == wanted.operation
        and entry.service_id == wanted.service_id
        and wanted.is_journaled_as(entry)
    )


def open_attempts(call: Call[Any], wanted: Wanted[Any]) -> list[JournalEntry]:
    """Attempts of which nobody knows whether they took effect."""
    recent = call.app.journal.recent()
    return [entry for entry in recent if entry.is_open and _is_about(wanted, entry)]


def closed_attempts(call: Call[Any], wanted: Wanted[Any]) -> frozenset[JournalEntry]:
    """Attempts whose end is known: a look from now on shows what they made."""
    recent = call.app.journal.recent()
    return frozenset(entry for entry in recent if not entry.is_open and _is_about(wanted, entry))


async def settle(
    call: Call[Any],
    attempts: Iterable[JournalEntry],
    outcome: str,
    *,
    clickpipe_id: str | None = None,
) -> None:
    """Record how these attempts ended."""
    for entry in attempts:
        await call.app.journal.conclude(entry, outcome, clickpipe_id=clickpipe_id)


def settles_in_s(call: Call[Any], attempts: Sequence[JournalEntry]) -> float:
    """Seconds until none of them can take effect any more; zero or less when none can."""
    unanswered_s = max(UNANSWERED_SETTLES_S, call.app.settings.write_timeout_s)
    return max(
        (
            (ANSWERED_SETTLES_S if entry.request_id else unanswered_s)
            - call.app.journal.age_s(entry)
            for entry in attempts
        ),
        default=0.0,
    )


async def yield_to_others(
    call: Call[Any], wanted: Wanted[Any], intent: JournalEntry, closed: frozenset[JournalEntry]
) -> bool:
    """Whether another process was first. Then this intent is recorded as ended, and not sent.

    `closed` are the attempts whose end was known before the look that found nothing: what the
    others have made may have come after it.
    """
    journal = call.app.journal
    is_behind = any(
        _is_about(wanted, entry) and entry not in closed and not entry.came_to_nothing
        for entry in journal.ahead_of(intent)
    )
    if is_behind:
        await journal.conclude(intent, YIELDED)
    return is_behind


async def look_for(
    call: Call[Any], wanted: Wanted[T], look: Look[T], patience_s: float
) -> T | None:
    """Look again and again, until it is there, the time is up, or no attempt is open any more."""
    began_s = call.app.clock.monotonic()

    async def look_once() -> tuple[T | None, bool]:
        await call.app.journal.catch_up()
        is_last = not open_attempts(call, wanted)
        return await look(), is_last

    nothing: tuple[T | None, bool] = (None, False)
    found, _ = await poll(
        call,
        look_once,
        seen=nothing,
        is_over=lambda seen: seen[0] is not None or seen[1],
        tell=lambda _, __: f"looking whether the {wanted.words.noun} was created after all",
        began_s=began_s,
        until_s=began_s + patience_s,
        total_s=patience_s,
    )
    return found


async def find_made_earlier(call: Call[Any], wanted: Wanted[T], look: Look[T]) -> T | None:
    """What an earlier attempt of unknown end has made; None when it made nothing.

    Raises:
        NobodyYet: One may still take effect; nothing was sent.
    """
    found = await _await_open_attempts(call, wanted, look)
    if found is not None:
        call.warnings.append("An earlier attempt, whose answer was lost, had created it.")
    return found


async def find_made_by_another(call: Call[Any], wanted: Wanted[T], look: Look[T]) -> T:
    """What the other process made, which was first.

    Raises:
        NobodyYet: It has made nothing so far; nothing was sent.
    """
    found = await _await_open_attempts(call, wanted, look)
    if found is None:  # it had ended, perhaps since the last look
        found = await look()
    if found is None:
        raise NobodyYet(
            f"Another server process was creating this {wanted.words.title} at the same moment. "
            "It is not there. Nothing was sent.",
            fix=f"Repeat the call unchanged. It adopts the {wanted.words.noun} if that has "
            "appeared, and creates it otherwise.",
            next_actions=[wanted.look_again],
        )
    call.warnings.append("Another server process created it at the same moment.")
    return found


async def find_after_lost_answer(
    call: Call[Any], wanted: Wanted[T], look: Look[T], error: NobodyYet
) -> T:
    """Look for the thing after the answer to its creation was lost.

    Raises:
        NobodyYet: The same error, with what is known by now.
        Conflict: Somebody else has made another one meanwhile.
    """
    error.next_actions = (wanted.look_again,)
    error.is_adopted = True
    error.fix = f"{_repeating(wanted)}{error.fix.removeprefix(LOOK_FIRST)}"
    try:
        found = await look_for(call, wanted, look, _AFTER_A_LOST_ANSWER_S)
    except Conflict as conflict:
        conflict.message += f" {_LOST}"
        conflict.may_have_happened = True
        raise
    except ClickPipesError:
        error.message += (
            f" The list of {wanted.words.title}s could not be read either; it may still appear."
        )
        raise error from None
    if found is None:
        error.message += f" No {wanted.words.called} is listed yet; it may still appear."
        raise error
    call.warnings.append(
        f"The API did not confirm the creation, but the {wanted.words.noun} exists. "
        "It was not sent twice."
    )
    return found


def _repeating(wanted: Wanted[Any]) -> str:
    return (
        "Wait a minute, then repeat the call unchanged: it adopts the "
        f"{wanted.words.noun} if that has appeared, and creates it otherwise. If the API fails "
        "again, tell the person: ClickHouse's support wants the request id where there is one."
    )


async def _await_open_attempts(call: Call[Any], wanted: Wanted[T], look: Look[T]) -> T | None:
    attempts = open_attempts(call, wanted)
    left_s = settles_in_s(call, attempts)
    if left_s > 0:
        found = await look_for(call, wanted, look, min(left_s, LONGEST_WAIT_S))
        if found is not None:
            return found
        # Others may have ended or begun one meanwhile; only what is judged here is settled below.
        attempts = open_attempts(call, wanted)
        left_s = settles_in_s(call, attempts)
    if left_s > _TOLERANCE_S:
        raise NobodyYet(
            f"An earlier attempt to create this {wanted.words.title} has no answer yet. It may "
            "still take effect. Nothing was sent.",
            fix=f"Repeat the call unchanged, {left_s:.0f} s from now at the latest. It adopts the "
            f"{wanted.words.noun} if that has appeared, and creates it otherwise.",
            next_actions=[wanted.look_again],
        )
    await settle(call, attempts, ABSENT)
    return None
