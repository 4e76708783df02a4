"""The ids of requests that are being answered: each is taken once in a conversation.

The SDK takes a second request with the same id and mixes the two up: in a session over HTTP one of
them is never answered, and whoever cancels one cancels whichever came last. To it "7" and 7 are the
same id.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import anyio
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.dispatcher import coerce_request_id
from mcp_types import INVALID_REQUEST, RequestId

IS_TAKEN: Final = (
    "Another request with the same id is still being answered. Nothing was done for this one. "
    "Send it again with an id of its own."
)
_LEAVING_TAKES_S: Final = 5.0
"""At most, from the end of the work to that of the answer."""

Place: TypeAlias = tuple[Hashable, RequestId]


@dataclass(eq=False)
class Exchange:
    """One request over a connection of its own, until it is answered and its work has ended.

    It can outlive its connection: whoever hangs up cancels nothing.
    """

    place: Place | None = None
    is_connected: bool = True
    has_begun: bool = False
    is_worked_on: bool = False
    over: anyio.Event = field(default_factory=anyio.Event)


_exchange: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
_conversation: ContextVar[Hashable] = ContextVar("conversation", default=None)


@contextmanager
def one_conversation() -> Iterator[None]:
    """Let requests that are read inside the block be those of one client on one pipe."""
    token = _conversation.set(object())
    try:
        yield
    finally:
        _conversation.reset(token)


class RequestIds(ServerMiddleware[Any]):
    """Which ids are taken in which conversation of one server."""

    def __init__(self) -> None:
        self._taken: dict[Place, Exchange] = {}

    @contextmanager
    def connected(self) -> Iterator[Exchange]:
        """A request that has a connection of its own while the block runs."""
        exchange = Exchange()
        token = _exchange.set(exchange)
        try:
            yield exchange
        finally:
            _exchange.reset(token)
            exchange.is_connected = False
            self._let_go(exchange)

    async def take(self, exchange: Exchange, session: str, number: RequestId) -> bool:
        """Take an id in a session; False where another request has it."""
        place = (session, coerce_request_id(number))
        with anyio.move_on_after(_LEAVING_TAKES_S):
            while (other := self._taken.get(place)) and other.has_begun and not other.is_worked_on:
                await other.over.wait()
        return self._take(exchange, place)

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        exchange = self._of(ctx.request_id)
        if exchange is None:
            return await call_next(ctx)
        exchange.has_begun = exchange.is_worked_on = True
        try:
            return await call_next(ctx)
        finally:
            exchange.is_worked_on = False
            self._let_go(exchange)

    def _of(self, number: RequestId | None) -> Exchange | None:
        """What the request is to this table; None for a notification, and for one by itself.

        Raises:
            MCPError: Another request on the same pipe has its id.
        """
        known, conversation = _exchange.get(), _conversation.get()
        if known is not None and known.place is not None:
            return known
        if number is None or conversation is None:
            return None
        piped = Exchange(is_connected=False)
        if not self._take(piped, (conversation, coerce_request_id(number))):
            raise MCPError(INVALID_REQUEST, IS_TAKEN)
        return piped

    def _take(self, exchange: Exchange, place: Place) -> bool:
        if place in self._taken:
            return False
        self._taken[place] = exchange
        exchange.place = place
        return True

    def _let_go(self, exchange: Exchange) -> None:
        place = exchange.place
        if place is None or exchange.is_connected or exchange.is_worked_on:
            return
        if self._taken.get(place) is exchange:
            del self._taken[place]
        exchange.over.set()
