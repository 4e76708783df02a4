"""How a program ends when it is told to."""

import os
import signal
import subprocess
import sys
import time

import anyio.lowlevel
import pytest

from clickpipes_mcp.signals import GONE_AFTER_S, until_signalled

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


SLOW_TO_LEAVE = """
import anyio
from clickpipes_mcp.signals import GONE_AFTER_S, until_signalled

async def work():
    print("ready", flush=True)
    try:
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            print("leaving", flush=True)
            await anyio.sleep(60)

anyio.run(until_signalled, work)
"""


@pytest.fixture
def slow_to_leave():
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_LEAVE], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "leaving\n"
        yield process
        process.kill()


@posix
def test_a_program_that_takes_too_long_to_leave_is_gone_in_the_end(slow_to_leave):
    began = time.monotonic()
    assert slow_to_leave.wait(timeout=30) == 143
    assert time.monotonic() - began < GONE_AFTER_S + 2


@posix
def test_a_second_signal_does_not_wait_for_it(slow_to_leave):
    began = time.monotonic()
    slow_to_leave.send_signal(signal.SIGINT)
    assert slow_to_leave.wait(timeout=30) == 130
    assert time.monotonic() - began < GONE_AFTER_S - 1
