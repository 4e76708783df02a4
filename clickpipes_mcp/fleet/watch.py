"""Looking again and again, within what the API allows."""

from collections.abc import AsyncIterator
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.fleet.look import Fleet, look

_REQUEST_S: Final = 2.0
"""Seconds for each request: half of the ten in ten seconds, the rest is the assistant's."""


async def watch(
    app: App, service: str | None, every_s: float
) -> AsyncIterator[Fleet | ClickPipesError]:
    """All pipes, look after look; a look that failed after the first is told, and looked again.

    Raises:
        ClickPipesError: The first look failed.
    """
    pause_s, has_seen = every_s, False
    while True:
        try:
            seen = await look(app, service)
        except ClickPipesError as error:
            if not has_seen:
                raise
            yield error
        else:
            has_seen, pause_s = True, max(every_s, seen.requests * _REQUEST_S)
            yield seen
        await app.clock.sleep(pause_s)
