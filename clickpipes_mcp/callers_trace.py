"""The trace that a caller began: taken up where somebody follows it, and left alone otherwise.

The SDK begins a span for every message, also where spans lead nowhere.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mcp.server._otel import OpenTelemetryMiddleware
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from clickpipes_mcp.telemetry import is_followed


class _WhereFollowed(ServerMiddleware[Any]):
    def __init__(self, tracing: OpenTelemetryMiddleware) -> None:
        self._tracing = tracing

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        return await (self._tracing(ctx, call_next) if is_followed() else call_next(ctx))


def traced_where_followed(
    middleware: Iterable[ServerMiddleware[Any]],
) -> Iterator[ServerMiddleware[Any]]:
    """The same, where what traces is passed by as long as nobody is told of it."""
    for one in middleware:
        yield _WhereFollowed(one) if isinstance(one, OpenTelemetryMiddleware) else one
