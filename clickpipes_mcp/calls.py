"""The calls a server is answering, so that it can end without cutting them off."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.lowlevel

_CLEANING_UP_S = 1.0
"""How long a call that was cancelled may take to record how it ended."""

_TURNS_OF_AN_ANSWER = 500
"""Of the event loop, from the end of a call until its answer is written; it takes some dozens."""


class CallsUnderWay:
    """Calls that are waited for at the end, and then cancelled."""

    def __init__(self) -> None:
        self._scopes: set[anyio.CancelScope] = set()
        self._is_ending = False
        self._changed: anyio.Event | None = None

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a call while it runs; the block is left early when the server has to end."""
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            if self._is_ending:
                scope.cancel()
            try:
                yield
            finally:
                self._scopes.discard(scope)
                if self._changed is not None:
                    self._changed.set()

    @property
    def is_any_under_way(self) -> bool:
        """Whether a call is being answered."""
        return bool(self._scopes)

    async def end(self, patience_s: float) -> None:
        """Let running calls finish, and cancel those that have not by then."""
        with anyio.move_on_after(patience_s):
            await self.finished()
        self._is_ending = True
        for scope in self._scopes:
            scope.cancel()
        with anyio.move_on_after(_CLEANING_UP_S):
            await self.finished()

    async def finished(self) -> None:
        """Wait until no call is being answered."""
        while self._scopes:
            self._changed = anyio.Event()
            await self._changed.wait()


async def let_answers_pass() -> None:
    """Let what is ready to go on do so: on a busy machine that takes longer than any pause."""
    for _ in range(_TURNS_OF_AN_ANSWER):
        await anyio.lowlevel.checkpoint()
