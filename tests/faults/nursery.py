"""Starts programs as forks of a process that has imported them.

Importing takes a processor for seconds, and hundreds of processes are started. Each fork is a
process of its own that is given its arguments, environment, input and outputs, runs the program
from its beginning, and is waited for and killed like any other.
"""

import array
import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import IO, Any

IMPORTED = (
    "clickpipes_mcp.cli",
    "clickpipes_mcp.cli.opening",
    "clickpipes_mcp.serving",
    "clickpipes_mcp.http.serving",
    "clickpipes_mcp.simulator.serving.serve",
)
_MOST_BYTES = 1 << 20
_PIPES = 3


class Fork:
    """A started program, to be used as a `subprocess.Popen` with three pipes for text."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        pipes = [os.pipe() for _ in range(_PIPES)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        try:
            start = {"command": list(command[1:]), "environment": dict(environment)}
            self.pid = int(_nursery(environment["PYTHONPATH"]).ask(start, theirs))
        finally:
            for number in theirs:
                os.close(number)
        self.stdin: IO[str] = os.fdopen(ours[0], "w", encoding="utf-8")
        self.stdout: IO[str] = os.fdopen(ours[1], encoding="utf-8")
        self.stderr: IO[str] = os.fdopen(ours[2], encoding="utf-8")
        self.returncode: int | None = None
        self._path = environment["PYTHONPATH"]
        self._ending = threading.Lock()

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended; that of a killed one is the signal below nothing."""
        with self._ending:
            if self.returncode is None:
                ended = os.pidfd_open(self.pid)
                try:
                    if not select.select([ended], [], [], timeout)[0]:
                        raise subprocess.TimeoutExpired("a fork", timeout or 0.0)
                finally:
                    os.close(ended)
                self.returncode = int(_nursery(self._path).ask({"ended": self.pid}))
            return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class _Nursery:
    """The process that has imported everything, as long as this one lives."""

    def __init__(self, path: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=[theirs.fileno()],
            )
        self._socket, self._asking = ours, threading.Lock()
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()

    def ask(self, request: Mapping[str, object], numbers: Sequence[int] = ()) -> str:
        with self._asking:
            content = json.dumps(request).encode()
            handed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", numbers))]
            self._socket.sendall(b"%10d" % len(content))
            self._socket.sendmsg([content[:1]], handed if numbers else [])
            self._socket.sendall(content[1:])
            return self._socket.recv(100).decode()


@cache
def _nursery(path: str) -> _Nursery:
    return _Nursery(path)


def _received(asking: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What is asked for, with the pipes that come along; nothing when nobody is left to ask."""
    head = asking.recv(10, socket.MSG_WAITALL)
    if not head:
        return {}, []
    first, numbers, _, _ = socket.recv_fds(asking, 1, _PIPES)
    rest = asking.recv(int(head) - 1, socket.MSG_WAITALL)
    return json.loads(first + rest), numbers


def _become(numbers: Sequence[int], environment: Mapping[str, str]) -> None:
    """Be a process that has just been started."""
    for place, number in enumerate(numbers):
        os.dup2(number, place)
        os.close(number)
    os.environ.clear()
    os.environ.update(environment)
    for place, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        usual = getattr(sys, name)
        stream = os.fdopen(place, mode, closefd=False, encoding=usual.encoding, errors=usual.errors)
        stream.reconfigure(line_buffering=name == "stderr")
        setattr(sys, name, stream)


def _run(command: Sequence[str]) -> None:
    """What the interpreter does with its arguments."""
    how, what, *arguments = command
    sys.argv = [how, *arguments]
    if how == "-c":
        exec(what, {"__name__": "__main__"})  # noqa: S102 # of our own tests
    else:
        runpy.run_module(what, run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork for whoever asks; the fork goes on from here."""
    for name in IMPORTED:
        importlib.import_module(name)
    asking = socket.socket(fileno=int(sys.argv[1]))
    while True:
        request, numbers = _received(asking)
        if not request:
            return
        if "ended" in request:
            _, status = os.waitpid(request["ended"], 0)
            asking.sendall(b"%d" % os.waitstatus_to_exitcode(status))
            continue
        made = os.fork()
        if made == 0:
            asking.close()
            _become(numbers, request["environment"])
            _run(request["command"])
            return
        for number in numbers:
            os.close(number)
        asking.sendall(b"%d" % made)


if __name__ == "__main__":
    main()
