"""Notes what reaches an API and when, in a process that does nothing else.

Beside the callers of a test its clock would be read too late.
"""

import base64
import json
import multiprocessing
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any, Self

from tests.faults.processes import PATIENCE_S, Relay

_TICK_S = 0.01


@dataclass
class Record:
    """When requests of each key came, in seconds, and which pipes were told to do what."""

    came: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    acts: list[tuple[str, str]] = field(default_factory=list)
    lag_s: float = 0.0
    """For how long this process, which does next to nothing, had to wait for its turn."""

    def most_within(self, window_s: float, since_s: float = float("-inf")) -> int:
        """How many requests of any key came in any such time that began since then."""
        return max(
            sum(0 <= later - at < window_s for later in times)
            for times in self.came.values()
            for at in times
            if at >= since_s
        )


class _Recorder(Relay):
    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self.record = Record()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        now_s = time.monotonic()
        scheme, _, login = headers.get("authorization", "").partition(" ")
        assert scheme == "Basic"
        self.record.came[base64.b64decode(login).decode().partition(":")[0]].append(now_s)
        if path.endswith("/state"):
            self.record.acts.append((path.split("/")[-2], json.loads(body)["command"]))
        elif method == "DELETE":
            self.record.acts.append((path.rsplit("/", maxsplit=1)[-1], "delete"))
        return super().answer(method, path, headers, body)

    def watch(self) -> None:
        """Notice how long the machine has no time for this process."""
        while True:
            slept_at_s = time.monotonic()
            time.sleep(_TICK_S)
            lag_s = time.monotonic() - slept_at_s - _TICK_S
            self.record.lag_s = max(self.record.lag_s, lag_s)


class Recording:
    """The process, while a block runs; `url` is where it stands before the API."""

    def __init__(self, api_url: str) -> None:
        ours, theirs = multiprocessing.Pipe()
        spawning = multiprocessing.get_context("spawn")
        self._process = spawning.Process(target=_record, args=(api_url, theirs), daemon=True)
        self._pipe: Connection[Any, Any] = ours
        self._process.start()
        self.url = str(self._told())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    def so_far(self) -> Record:
        """What was noted."""
        self._pipe.send("what came?")
        told: Record = self._told()
        return told

    def _told(self) -> Any:
        assert self._pipe.poll(PATIENCE_S)
        return self._pipe.recv()


def _record(api_url: str, pipe: "Connection[Any, Any]") -> None:
    with _Recorder(api_url) as recorder:
        threading.Thread(target=recorder.watch, daemon=True).start()
        pipe.send(recorder.url)
        while pipe.recv():
            record = recorder.record
            pipe.send(replace(record))
