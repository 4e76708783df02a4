"""Ending a program when it is told to."""

import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

import anyio

GONE_AFTER_S = 4.8
"""When the process ends whatever still runs, such as a thread that looks up a name."""

_SIGNALLED = 128
"""What shells add to the number of the signal that ended a program."""


@asynccontextmanager
async def leaving_on_signal(
    leave: Callable[[int], Coroutine[object, object, None]],
) -> AsyncIterator[None]:
    """While the block runs, the first SIGINT or SIGTERM calls `leave` with the code, 130 or 143.

    The second ends the process at once: whoever sends it has waited long enough. When the block
    still runs after five seconds, the process ends too.
    """
    if sys.platform == "win32":  # event loops there cannot receive signals
        yield
        return
    at_last: threading.Timer | None = None
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        async with anyio.create_task_group() as tasks:

            async def receive() -> None:
                nonlocal at_last
                async for number in received:
                    code = _SIGNALLED + number
                    if at_last is not None:
                        os._exit(code)
                    at_last = threading.Timer(GONE_AFTER_S, os._exit, [code])
                    at_last.daemon = True
                    at_last.start()
                    tasks.start_soon(leave, code)

            tasks.start_soon(receive)
            try:
                yield
            finally:
                if at_last is not None:
                    at_last.cancel()
                tasks.cancel_scope.cancel()


async def until_signalled(work: Callable[[], Awaitable[None]]) -> int:
    """Do the work until it is done or a signal cancels it; the exit code, 0, 130 or 143."""
    code, working = 0, anyio.CancelScope()

    async def leave(with_code: int) -> None:
        nonlocal code
        code = with_code
        working.cancel()

    async with leaving_on_signal(leave):
        with working:
            await work()
    return code
