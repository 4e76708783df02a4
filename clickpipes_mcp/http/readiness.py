"""Whether a replica is ready: whether it answers calls as the others that share its store do."""

import logging
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.store import Deviation, Store, StoreUnavailable, compare_clocks

LOOKS_EVERY_S: Final = 60.0
_UNAVAILABLE: Final = 503
_logger = logging.getLogger(__name__)


class Readiness:
    """What the last look at the clocks found; whoever asks waits for none.

    A store that does not answer changes nothing: reading goes on without it. The API is never
    asked, its requests are counted.
    """

    def __init__(self, store: Store | None, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._found: Deviation | None = None

    async def look(self) -> None:
        """Compare the clocks, and tell the log where they are apart."""
        if self._store is None:
            return
        try:
            self._found = await compare_clocks(self._store.database, self._clock)
        except StoreUnavailable:
            return  # whoever opens the way to it has said so
        if self._found.is_noticed:
            _logger.warning("%s Replicas tell by it what is over", self._found)

    async def look_now_and_then(self) -> None:
        """Do so for as long as the replica runs, where it has a store."""
        while self._store is not None:
            await anyio.sleep(LOOKS_EVERY_S)
            await self.look()

    async def answer(self, _: Request) -> JSONResponse:
        """What is told to whoever asks whether calls may be sent here."""
        if self._found is not None and self._found.is_too_much:
            reason = f"{self._found} Set it, as a time service does."
            return JSONResponse({"status": "not ready", "reason": reason}, _UNAVAILABLE)
        return JSONResponse({"status": "ready"})
