"""How a program ends when it is told to."""

import os
import signal
import sys

import anyio.lowlevel
import pytest

from clickpipes_mcp.signals import until_signalled

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")


@pytest.mark.anyio
async def test_work_that_is_done_ends_with_0():
    assert await until_signalled(anyio.lowlevel.checkpoint) == 0


@posix
@pytest.mark.anyio
async def test_a_signal_cancels_the_work():
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await anyio.sleep_forever()

    assert await until_signalled(work) == 143
