"""People who watch pages of pipes, and a clock that waits for whoever moves it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx2

from clickpipes_mcp.clock import ManualClock
from tests.faults.processes import PATIENCE_S


class PacedClock(ManualClock):
    """A clock on which whoever sleeps wakes when a test has moved it as far."""

    def __init__(self) -> None:
        super().__init__()
        self._moved = anyio.Event()

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._moved.set()
        self._moved = anyio.Event()

    async def sleep(self, seconds: float) -> None:
        until_s = self.monotonic() + seconds
        while self.monotonic() < until_s:
            await self._moved.wait()


class Viewer:
    """A browser's event stream, event by event."""

    def __init__(self, response: httpx2.Response) -> None:
        self._lines = response.aiter_lines()

    async def look(self) -> str:
        """The next part of the page."""
        name, data = "", []
        with anyio.fail_after(PATIENCE_S):
            async for line in self._lines:
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    data.append(value)
                elif not line and name == "look":
                    return "\n".join(data)
        raise AssertionError("the stream ended")


@asynccontextmanager
async def watching(http: httpx2.AsyncClient, path: str, **headers: str) -> AsyncIterator[Viewer]:
    """Somebody who watches a page."""
    async with http.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200, response.status_code
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Viewer(response)


def answers_of(response: httpx2.Response) -> dict[str, object]:
    """What the tools answered, as a page tells it to programs."""
    told = json.loads(response.text)
    assert isinstance(told, dict)
    return told
