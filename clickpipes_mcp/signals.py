"""Ending a program when it is told to."""

import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine

import anyio
from anyio.abc import TaskStatus

GONE_AFTER_S = 4.8
"""When the process ends whatever still runs, such as a thread that looks up a name."""

_SIGNALLED = 128
"""What shells add to the number of the signal that ended a program."""


async def on_signal(
    leave: Callable[[int], Coroutine[object, object, None]], *, task_status: TaskStatus[None]
) -> None:
    """Call `leave` with the exit code, 130 or 143, on the first SIGINT or SIGTERM.

    On the second the process ends at once: whoever sends it has waited long enough. After five
    seconds it is gone in any case.
    """
    if sys.platform == "win32":  # event loops there cannot receive signals
        task_status.started()
        return
    at_last: threading.Timer | None = None
    try:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
            task_status.started()
            async with anyio.create_task_group() as tasks:
                async for number in received:
                    code = _SIGNALLED + number
                    if at_last is not None:
                        os._exit(code)
                    at_last = threading.Timer(GONE_AFTER_S, os._exit, [code])
                    at_last.daemon = True
                    at_last.start()
                    tasks.start_soon(leave, code)
    finally:
        if at_last is not None:
            at_last.cancel()


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
