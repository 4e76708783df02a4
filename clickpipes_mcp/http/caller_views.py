"""Serves every caller with the connections that the operator lets it see, and with no other.

Callers who see the same share a server. It is made of those connections alone, so that none of its
tools, pages, completions and texts can tell of another one: it has none.
"""

import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.provider import AccessToken
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.server import ClickPipesServer
from clickpipes_mcp.settings import CallersFile, Grant, Kind

_KEPT: Final = 8
"""Servers of grants that the file no longer has, which are still there for calls under way."""

_logger = logging.getLogger(__name__)


class CallerViews:
    """The application of each caller. `opened` makes one of a server."""

    def __init__(
        self,
        server: ClickPipesServer,
        callers: CallersFile,
        opened: Callable[[ClickPipesServer], ASGIApp],
    ) -> None:
        self._server = server
        self._callers = callers
        self._opened = opened
        self._views: dict[Grant, tuple[ASGIApp, anyio.CancelScope]] = {}
        self._opening = anyio.Lock()
        self._tasks: TaskGroup

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the servers of all callers running while the block does."""
        async with anyio.create_task_group() as self._tasks:
            try:
                yield
            finally:
                self._tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            grants = self._callers.grants()
        except InvalidSettings as error:
            _logger.error("%s %s", error.message, error.fix)  # noqa: TRY400 # it is the operator's
            answer = _refuse(503, "temporarily_unavailable", "The list of callers is being mended.")
            await answer(scope, receive, send)
            return
        grant = grants.get(_known_by(scope["user"].access_token))
        if grant is None:
            answer = _refuse(403, "access_denied", "The operator's list does not name this caller.")
            await answer(scope, receive, send)
            return
        view = await self._view(grant, grants.values())
        await view(scope, receive, send)

    async def _view(self, grant: Grant, current: Collection[Grant]) -> ASGIApp:
        async with self._opening:
            if grant not in self._views:
                self._let_go(current)
                self._views[grant] = await self._tasks.start(self._serve, grant)
            return self._views[grant][0]

    def _let_go(self, current: Collection[Grant]) -> None:
        """End the oldest servers that nobody can reach any more."""
        stale = [grant for grant in self._views if grant not in current]
        for grant in stale[:-_KEPT]:
            _, cancelled = self._views.pop(grant)
            cancelled.cancel()

    async def _serve(
        self, grant: Grant, *, task_status: TaskStatus[tuple[ASGIApp, anyio.CancelScope]]
    ) -> None:
        auth_context_var.set(None)  # whoever came first is not who comes later
        server = self._server.seen_by(grant.connections, grant.level)
        app = self._opened(server)
        with anyio.CancelScope() as cancelled:
            async with server.session_manager.run():
                task_status.started((app, cancelled))
                await anyio.sleep_forever()


def _known_by(token: AccessToken) -> tuple[Kind, str]:
    """What the file of callers names the holder of a token by."""
    if token.subject is None:
        return "token", token.client_id
    return "subject", token.subject


def _refuse(status: int, code: str, told: str) -> JSONResponse:
    return JSONResponse({"error": code, "error_description": told}, status)
