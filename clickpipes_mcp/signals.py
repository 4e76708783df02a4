"""Ending a program when it is told to."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine

import anyio
from anyio.abc import TaskStatus

_SIGNALLED = 128
"""What shells add to the number of the signal that ended a program."""


async def on_signal(
    leave: Callable[[int], Coroutine[object, object, None]], *, task_status: TaskStatus[None]
) -> None:
    """Call `leave` with the exit code, 130 or 143, on the first SIGINT or SIGTERM.

    On the second the process ends at once: whoever sends it has waited long enough.
    """
    if sys.platform == "win32":  # event loops there cannot receive signals
        task_status.started()
        return
    is_leaving = False
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        task_status.started()
        async with anyio.create_task_group() as tasks:
            async for number in received:
                if is_leaving:
                    os._exit(_SIGNALLED + number)
                is_leaving = True
                tasks.start_soon(leave, _SIGNALLED + number)


async def until_signalled(work: Callable[[], Awaitable[None]]) -> int:
    """Do the work until it is done or a signal cancels it; the exit code, 0, 130 or 143."""
    codes = [0]
    async with anyio.create_task_group() as tasks:

        async def leave(code: int) -> None:
            codes.append(code)
            tasks.cancel_scope.cancel()

        await tasks.start(on_signal, leave)
        await work()
        tasks.cancel_scope.cancel()
    return codes[-1]
