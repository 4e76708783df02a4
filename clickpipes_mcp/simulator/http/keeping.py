"""One process after the other changes the world of a file, and finds what the others did."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clickpipes_mcp.file_lock import take
from clickpipes_mcp.private_file import open_private
from clickpipes_mcp.simulator.envelope import ApiError, refusal
from clickpipes_mcp.simulator.world.organization import World
from clickpipes_mcp.simulator.world.store import DamagedStateError, WorldFile

LONGEST_TURN_S: Final = 10.0
"""Whoever holds the world answers one request; one that takes longer was stopped in the middle."""

_LOOKS_EVERY_S: Final = 0.005
_READING: Final = frozenset({"GET", "HEAD"})
_PRIVATE_DIRECTORY: Final = 0o700


class Keeper:
    """ASGI middleware: the world is looked up before a request and kept before its answer."""

    def __init__(self, app: ASGIApp, world: World, file: WorldFile) -> None:
        self._app = app
        self._world = world
        self._file = file
        self._turn = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked, told = await _read(receive), _Told()
        try:
            async with self._turn, self._alone(scope["method"]):
                await self._answer(scope, _Said(asked, receive), told)
        except (OSError, DamagedStateError) as error:
            told = _Told()
            await self._refusal(error)(scope, receive, told)
        for message in told.messages:
            await send(message)

    def _refusal(self, error: OSError | DamagedStateError) -> Response:
        why = str(error)
        if isinstance(error, TimeoutError):
            why = f"Another process has held {self._file.path} for {LONGEST_TURN_S:.0f} s."
        elif isinstance(error, OSError):
            why = f"{self._file.path} cannot be written: {error.strerror or type(error).__name__}."
        told = f"The simulator cannot keep its world, and did nothing. {why}"
        return refusal(self._world.new_request_id(), ApiError(500, told))

    async def _answer(self, scope: Scope, receive: Receive, told: Send) -> None:
        self._file.refresh()
        try:
            await self._app(scope, receive, told)
        finally:
            self._file.save()

    @asynccontextmanager
    async def _alone(self, method: str) -> AsyncIterator[None]:
        """Hold the world against other processes; what only reads finds it whole in any case.

        The first request writes it, whatever it is: its times begin then, for all processes.
        """
        path = self._file.path
        if method in _READING and path.exists():
            yield
            return
        path.parent.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        guard = open_private(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT)
        try:
            with anyio.fail_after(LONGEST_TURN_S):
                while not take(guard):  # noqa: ASYNC110 # another process sets no event
                    await anyio.sleep(_LOOKS_EVERY_S)
            yield
        finally:
            os.close(guard)


class _Told:
    """Keeps an answer until the world is safe."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)


class _Said:
    """Gives a request again that was read already."""

    def __init__(self, asked: list[Message], later: Receive) -> None:
        self._asked = iter(asked)
        self._later = later

    async def __call__(self) -> Message:
        said = next(self._asked, None)
        return await self._later() if said is None else said


async def _read(receive: Receive) -> list[Message]:
    """A whole request, however slowly it comes: nobody else waits meanwhile."""
    asked = [await receive()]
    while asked[-1].get("more_body", False):
        asked.append(await receive())
    return asked
