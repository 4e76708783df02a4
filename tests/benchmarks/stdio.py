"""A server over standard input and output, with as little of a client as can be, and timed."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.faults.processes import INITIALIZE, MODERN

Call = tuple[str, Mapping[str, object]]
"""A tool and its arguments."""


class Timed:
    """A process that is spoken to line by line and killed in the end.

    `elapsed_s` counts from its start.
    """

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], *, is_modern: bool = False
    ) -> None:
        self._meta = {"_meta": MODERN} if is_modern else {}
        self._is_modern = is_modern
        self._number = 0
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            argv,
            env=environment,
            cwd=environment["HOME"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def elapsed_s(self) -> float:
        """Since the process was started."""
        return time.perf_counter() - self._began

    def shake_hands(self) -> None:
        """Begin as a client of this era does."""
        if self._is_modern:
            self.ask("server/discover")
            return
        self.ask("initialize", INITIALIZE)
        self._send({"method": "notifications/initialized"})

    def tools(self) -> list[dict[str, Any]]:
        """All tools, as they are listed."""
        return list(self.ask("tools/list")["tools"])

    def ask(self, method: str, parameters: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The result of a request."""
        self._number += 1
        asked = {**(parameters or {}), **self._meta}
        self._send({"id": self._number, "method": method, "params": asked})
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise ConnectionError(f"{self._process.args!r} ended before it answered {method}")
            message = json.loads(line)
            if message.get("id") == self._number and "method" not in message:
                return dict(message["result"])

    def call(self, call: Call) -> dict[str, Any]:
        """The result of a tool that works."""
        tool, arguments = call
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise ValueError(f"{tool} of {self._process.args!r} failed: {result['content']}")
        return result

    def call_for_s(self, call: Call) -> float:
        """How long a call takes, in seconds."""
        began = time.perf_counter()
        self.call(call)
        return time.perf_counter() - began

    def peak_mb(self) -> float:
        """The most memory it ever held, with all its children."""
        return _sum_mb(self._process.pid, "VmHWM")

    def held_mb(self) -> float:
        """The memory it holds now, with all its children."""
        return _sum_mb(self._process.pid, "VmRSS")

    def _send(self, message: Mapping[str, object]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()


def _sum_mb(pid: int, measure: str) -> float:
    """Source: proc(5), status and children; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    held_kb = next(int(line.split()[1]) for line in status.splitlines() if measure in line)
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return held_kb / 1024 + sum(_sum_mb(child, measure) for child in children)
