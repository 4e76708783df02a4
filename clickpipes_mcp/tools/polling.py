"""Looking again and again, until something has happened or the time is up."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.tools.record import Call

T = TypeVar("T")

LONGEST_WAIT_S = 45
"""Below the 60 s after which hosts give up on a call."""

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0
_SHORTEST_PAUSE_S = 0.01
"""What is left of the time may be too little to move the clock, as floating-point numbers go."""


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
) -> T:
    """What was seen last: when it is over, or when the time is up. Pauses grow between looks.

    `seen` is what was seen before the first look. `tell` makes a word of progress of what was
    seen and of the seconds that have passed. Times are those of the monotonic clock; `total_s` is
    the whole of which progress is told.
    """
    clock, pause_s = call.app.clock, _FIRST_PAUSE_S
    while True:
        now_s = clock.monotonic()
        waited_s = now_s - began_s
        await call.report(min(waited_s, total_s), total_s, tell(seen, waited_s))
        if is_over(seen) or now_s >= until_s:
            return seen
        await clock.sleep(max(min(pause_s, until_s - now_s), _SHORTEST_PAUSE_S))
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
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
    )
