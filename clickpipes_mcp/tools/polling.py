"""Looking at a pipe until its state is what somebody waits for."""

from collections.abc import Callable
from typing import Any

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.tools.record import Call

LONGEST_WAIT_S = 45
"""Below the 60 s after which hosts give up on a call."""

_FIRST_POLL_S = 0.5
_LONGEST_POLL_S = 5.0


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

    Times are those of the monotonic clock; `total_s` is the whole of which progress is told.

    Raises:
        UnknownPipe: It was deleted meanwhile.
    """
    clock, poll_s = call.app.clock, _FIRST_POLL_S
    while True:
        now_s = clock.monotonic()
        waited_s = now_s - began_s
        await call.report(min(waited_s, total_s), total_s, f"{pipe.state} for {waited_s:.0f} s")
        if is_over(pipe) or now_s >= until_s:
            return pipe
        await clock.sleep(min(poll_s, until_s - now_s))
        poll_s = min(poll_s * 1.5, _LONGEST_POLL_S)
        pipe = await call.app.client.pipe(pipe.service_id, pipe.id)
