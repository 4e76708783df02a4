"""How a program ends when it is told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio.lowlevel
import pytest

from clickpipes_mcp.http.serving import HTTP_CALLS_MAY_TAKE_S
from clickpipes_mcp.serving import CLOSING_TAKES_AT_MOST_S, STDIO_CALLS_MAY_TAKE_S
from clickpipes_mcp.signals import GONE_AFTER_S, until_signalled
from tests.faults.processes import NEVER_S, PATIENCE_S, ended

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
import sys
import anyio
from clickpipes_mcp import signals

async def work():
    print("ready", flush=True)
    try:
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            print("leaving", flush=True)
            await anyio.sleep(float(sys.argv[1]))

signals.GONE_AFTER_S = float(sys.argv[2])
anyio.run(signals.until_signalled, work)
"""


@contextmanager
def slow_to_leave(gone_after_s: float) -> Iterator[subprocess.Popen[str]]:
    """A program that was told to leave, and takes for ever over it."""
    times = (str(NEVER_S), str(gone_after_s))
    with (
        subprocess.Popen(
            [sys.executable, "-c", SLOW_TO_LEAVE, *times], stdout=subprocess.PIPE, text=True
        ) as process,
        ended(process),
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        yield process


@posix
def test_a_program_that_takes_too_long_to_leave_is_gone_in_the_end():
    with slow_to_leave(0.1) as process:
        assert process.wait(timeout=PATIENCE_S) == 143


@posix
def test_a_second_signal_does_not_wait_for_it():
    with slow_to_leave(NEVER_S) as process:
        assert process.stdout.readline() == "leaving\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 130


def test_what_a_program_takes_to_leave_adds_up_to_less_than_five_seconds():
    assert max(STDIO_CALLS_MAY_TAKE_S, CLOSING_TAKES_AT_MOST_S, HTTP_CALLS_MAY_TAKE_S) < (
        GONE_AFTER_S
    )
    assert GONE_AFTER_S < 5.0
    assert STDIO_CALLS_MAY_TAKE_S < 2.0  # when the SDKs of clients kill a server
