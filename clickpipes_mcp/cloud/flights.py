"""Equal reads at one time are one request, where those who read allow it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

import anyio

from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.cloud.requests import ApiRequest
from clickpipes_mcp.errors import ClickPipesError

_shared: ContextVar[bool] = ContextVar("reads_are_shared", default=False)


@contextmanager
def sharing_reads(*, allowed: bool) -> Iterator[None]:
    """Let reads inside the block take the answer of an equal one that is on its way.

    Only for calls that change nothing: what a person agreed to is compared with a look of its own.
    """
    token = _shared.set(allowed)
    try:
        yield
    finally:
        _shared.reset(token)


def may_be_shared(request: ApiRequest[object]) -> bool:
    """Whether an answer that was asked for a moment ago does for this request."""
    return request.method == "GET" and _shared.get()


@dataclass
class _Flight:
    reply: Reply | None = None
    error: ClickPipesError | None = None
    landed: anyio.Event = field(default_factory=anyio.Event)


class Flights:
    """The reads of one API key that are on their way.

    Whoever asks first sends. If that caller is cancelled, one of those who wait sends anew.
    """

    def __init__(self) -> None:
        self._begun: Final[dict[tuple[object, ...], _Flight]] = {}

    async def join(
        self, request: ApiRequest[object], send: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The answer to an equal request on its way, or else what `send` brings; raises as it does.

        Equal are requests that lead to the same place and whose refusal reads the same.
        """
        key = (
            request.operation,
            request.path,
            request.expects,
            request.missing,
            request.wakes,
            request.glance,
        )
        while flight := self._begun.get(key):
            await flight.landed.wait()
            if flight.reply is not None:
                return flight.reply
            if flight.error is not None:
                raise _twin(flight.error)
        flight = self._begun[key] = _Flight()
        try:
            flight.reply = await send()
        except ClickPipesError as error:
            flight.error = _twin(error)
            raise
        finally:
            if self._begun.get(key) is flight:
                del self._begun[key]
            flight.landed.set()
        return flight.reply

    def forget(self) -> None:
        """Let no later read join what is on its way: the world has changed since that began."""
        self._begun.clear()


def _twin(error: ClickPipesError) -> ClickPipesError:
    """An error of one's own: whoever reports it adds to it."""
    twin = type(error).__new__(type(error), *error.args)
    twin.__dict__.update(error.__dict__)
    twin.__cause__ = error.__cause__
    return twin
