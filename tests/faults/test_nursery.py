"""A fork of the nursery is a process as any other."""

import os
import signal
import subprocess
import sys

import pytest

from tests.faults.nursery import Fork
from tests.faults.processes import PATIENCE_S, environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked there only"),
]

_PROGRAM = """
import os, signal, sys
handlers = [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]
streams = [(s.encoding, s.errors) for s in (sys.stdin, sys.stdout, sys.stderr)]
print(sys.argv, sys.stdin.read(), os.environ["OWN"], handlers, numbers, streams, __name__)
print("told", file=sys.stderr)
sys.exit(7)
"""


def test_a_fork_finds_what_a_process_finds() -> None:
    command = [sys.executable, "-c", _PROGRAM, "one", "two"]
    given = environment(OWN="value")
    pipe = subprocess.PIPE
    real = subprocess.run(
        command, env=given, input="said", stdout=pipe, stderr=pipe, text=True, check=False
    )

    fork = Fork(command, given)
    with fork.stdin, fork.stdout, fork.stderr:
        fork.stdin.write("said")
        fork.stdin.close()
        found = (fork.stdout.read(), fork.stderr.read(), fork.wait(PATIENCE_S))

    assert found == (real.stdout, real.stderr, real.returncode)


def test_a_fork_is_waited_for_and_killed_like_a_process() -> None:
    fork = Fork([sys.executable, "-c", "import time; time.sleep(3600)"], environment())
    with fork.stdin, fork.stdout, fork.stderr:
        assert fork.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            fork.wait(0.01)
        fork.kill()
        assert fork.wait(PATIENCE_S) == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(fork.pid, 0)
