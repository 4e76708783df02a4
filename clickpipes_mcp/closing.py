"""What is closed where the block about it ends."""

from types import TracebackType
from typing import Self


class ClosedAtExit:
    """Something with an end, which comes when its block is left, in whatever way."""

    async def aclose(self) -> None:
        """End it; what somebody else goes on with stays as it is."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
