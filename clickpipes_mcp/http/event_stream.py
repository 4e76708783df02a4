"""Server-sent events: what comes next is sent until the browser goes, the time is up, or we end."""

from collections.abc import AsyncIterator
from typing import Final

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from clickpipes_mcp.pages.rendering import HEADERS

LASTS_S: Final = 600.0
"""Of one stream; the browser then asks for another, and has to be let in anew."""

_A_BEAT_S: Final = 10.0
"""Between two signs of life: proxies cut what keeps silent."""

_AGAIN_MS: Final = 3_000


class EventStream(Response):
    """An answer that goes on; `events` are versions, each with its text."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[tuple[int, str]]) -> None:
        super().__init__(headers={**HEADERS, "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._events = events

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(begin)

        async def tell(text: str) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        async def stay_until_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        async def beat() -> None:
            while True:
                await anyio.sleep(_A_BEAT_S)
                await tell(": still here\n\n")

        with anyio.move_on_after(LASTS_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stay_until_gone)
                tasks.start_soon(beat)
                await tell(f"retry: {_AGAIN_MS}\n\n")
                async for version, text in self._events:
                    lines = "".join(f"data: {line}\n" for line in text.splitlines())
                    await tell(f"id: {version}\nevent: look\n{lines}\n")
                tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
