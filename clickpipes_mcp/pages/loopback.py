"""Pages on this machine: served when the first question needs one, gone when none is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from clickpipes_mcp.consent import RP_ID, Desk, PendingQuestion
from clickpipes_mcp.listener import QuietServer, listen
from clickpipes_mcp.pages.approval import approval_routes
from clickpipes_mcp.pages.browser import open_in_browser
from clickpipes_mcp.pages.guards import PageGuard
from clickpipes_mcp.pages.notices import Notices
from clickpipes_mcp.pages.rendering import render_ending
from clickpipes_mcp.pages.secret_form import secret_routes

LOOPBACK: Final = "127.0.0.1"
_LOOKED_EVERY_S: Final = 5.0
_GRACE_LOOKS: Final = 12
"""How often nothing has to be open in a row: a minute, in which the last page can be read."""

_ENDS_WITHIN_S: Final = 1.0
_MOST_CONNECTIONS: Final = 32


class LoopbackPages:
    """Serves the pages of one desk to the browser of whoever sits at this machine."""

    def __init__(
        self, desk: Desk, *, opens_browser: bool = False, notices: Notices | None = None
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._opens_browser = opens_browser
        self._tasks: TaskGroup | None = None
        self._port: int | None = None
        self._starting = anyio.Lock()

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Let pages be served while the block runs."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()

    async def address(self) -> str | None:
        """Where the pages stand; None where no port can be had."""
        async with self._starting:
            if self._port is None and self._tasks is not None:
                try:
                    await self._tasks.start(self._serve)
                except OSError:
                    return None
        if self._port is None:
            return None
        host = RP_ID if self._desk.takes_passkey else LOOPBACK
        return f"http://{host}:{self._port}"

    def show(self, question: PendingQuestion, link: str) -> bool:
        """Tell terminals of the question; open its page in a browser, where that is wanted."""
        if self._notices is not None:
            self._notices.keep(self._desk.questions.is_open)
            self._notices.post(question, link)
        return self.open_page(link)

    def open_page(self, link: str) -> bool:
        """Open a page in a browser, where that is wanted."""
        return self._opens_browser and open_in_browser(link)

    async def _serve(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        import uvicorn  # start-up time

        with listen(LOOPBACK, 0) as listener:
            port = int(listener.getsockname()[1])
            config = uvicorn.Config(
                _application(self._desk, port),
                log_config=None,
                log_level="critical",
                access_log=False,
                lifespan="off",
                server_header=False,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=int(_ENDS_WITHIN_S),
            )
            await anyio.to_thread.run_sync(config.load)
            server = QuietServer(config)
            self._port = port
            try:
                async with anyio.create_task_group() as both:
                    both.start_soon(self._end_when_idle, server)
                    task_status.started()
                    with anyio.CancelScope(shield=True):
                        await server.serve([listener])
                    both.cancel_scope.cancel()
            finally:
                self._port = None

    async def _end_when_idle(self, server: QuietServer) -> None:
        idle_looks = 0
        try:
            while idle_looks < _GRACE_LOOKS:
                await anyio.sleep(_LOOKED_EVERY_S)
                idle_looks = 0 if self._desk.is_any_open else idle_looks + 1
        finally:
            self._port = None
            server.should_exit = True
            if self._notices is not None:
                self._notices.keep(lambda _: False)


def _application(desk: Desk, port: int) -> Starlette:
    guard = PageGuard([f"{LOOPBACK}:{port}", f"localhost:{port}"])
    app = Starlette(
        routes=[*approval_routes(desk, guard), *secret_routes(desk, guard)],
        exception_handlers={HTTPException: _refuse},
    )
    app.router.redirect_slashes = False
    return app


def _refuse(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = "Open the link that your assistant showed you."
    return render_ending(status, "There is no such page", told)
