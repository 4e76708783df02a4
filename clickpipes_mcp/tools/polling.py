"""Looking again and again, until something has happened or the time is up."""

from collections.abc import Awaitable, Callable, Iterator
from itertools import accumulate, repeat
from typing import Any, TypeVar

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.pipe_states import state_named
from clickpipes_mcp.tools.record import Call

T = TypeVar("T")

LONGEST_WAIT_S = 45
"""Below the 60 s after which hosts give up on a call."""

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
_SHORTEST_PAUSE_S = 0.01
"""What is left of the time may be too little to move the clock, as floating-point numbers go."""


def growing(first_s: float) -> Iterator[float]:
    """Pauses in seconds, each twice as long as the one before, up to the longest."""
    return accumulate(
        repeat(2), lambda pause_s, by: min(pause_s * by, _LONGEST_PAUSE_S), initial=first_s
    )


class StatePauses:
    """Seconds until the next look at a pipe: by its state, and growing while that stays.

    `pace` is how many seconds pass for the pipe in each one of the clock; a simulated world may
    be faster.
    """

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace
        self._state: str | None = None
        self._pauses = growing(_FIRST_PAUSE_S)

    def after(self, pipe: Pipe) -> float:
        if pipe.state != self._state:
            self._state = pipe.state
            self._pauses = growing(state_named(pipe.state).look_again_s)
        return next(self._pauses) / self._pace


def pace_of(call: Call[Any]) -> float:
    """How many seconds pass for a pipe in each second of the clock."""
    settings = call.app.settings
    return settings.simulator_speed if settings.environment == "simulator" else 1.0


async def poll(
    call: Call[Any],
    look: Callable[[], Awaitable[T]],
    *,
    seen: T,
    is_over: Callable[[T], bool],
    tell: Callable[[T, float], str],
    began_s: float,
    until_s: float,
    total_s: float = LONGEST_WAIT_S,
    pause_after: Callable[[T], float] | None = None,
) -> T:
    """What was seen last: when it is over, or when the time is up. Pauses grow between looks.

    `seen` is what was seen before the first look. `tell` makes a word of progress of what was
    seen and of the seconds that have passed. Times are those of the monotonic clock; `total_s` is
    the whole of which progress is told. A pause that would leave little time is drawn out to the
    end: each look is a request.
    """
    clock, pauses = call.app.clock, growing(_FIRST_PAUSE_S)
    while True:
        now_s = clock.monotonic()
        waited_s = now_s - began_s
        await call.report(min(waited_s, total_s), total_s, tell(seen, waited_s))
        if is_over(seen) or now_s >= until_s:
            return seen
        pause_s, left_s = pause_after(seen) if pause_after else next(pauses), until_s - now_s
        await clock.sleep(max(pause_s if 1.5 * pause_s < left_s else left_s, _SHORTEST_PAUSE_S))
        seen = await look()


def tell_state(seen: Pipe, waited_s: float) -> str:
    """A word of progress about a pipe."""
    return f"{seen.state} for {waited_s:.0f} s"


async def watch(
    call: Call[Any],
    pipe: Pipe,
    is_over: Callable[[Pipe], bool],
    *,
    began_s: float,
    until_s: float,
    total_s: float = LONGEST_WAIT_S,
) -> Pipe:
    """The pipe as it was last seen: when it is over, or when the time is up.

    Raises:
        UnknownPipe: It was deleted meanwhile.
    """
    return await poll(
        call,
        lambda: call.app.client.pipe(pipe.service_id, pipe.id),
        seen=pipe,
        is_over=is_over,
        tell=tell_state,
        began_s=began_s,
        until_s=until_s,
        total_s=total_s,
        pause_after=StatePauses(pace_of(call)).after,
    )
