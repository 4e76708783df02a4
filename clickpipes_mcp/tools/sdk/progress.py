"""Progress of one call, whoever in it reports."""

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import Patience, gives_way
from clickpipes_mcp.tools.record import Reporter

_LEAST_STEP = 0.001


class Progress:
    """Reports that never fall: the protocol wants every number above the one before.

    A tool that counts something reports it as it is; waiting inside the client counts seconds.
    """

    def __init__(self, report: Reporter, clock: Clock) -> None:
        self._report = report
        self._clock = clock
        self._began = clock.monotonic()
        self._last: float | None = None
        self.patience = Patience(self._on_wait, gives_way=gives_way())

    async def __call__(self, progress: float, total: float | None, message: str) -> None:
        """Report, slightly more than the last time where it is not more."""
        if self._last is not None:
            progress = max(progress, self._last + _LEAST_STEP)
        self._last = progress
        await self._report(progress, total, message)

    def notes(self) -> list[str]:
        """What the answer says about the waiting."""
        return self.patience.notes()

    async def _on_wait(self, message: str) -> None:
        await self(self._clock.monotonic() - self._began, None, message)
