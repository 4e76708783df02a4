"""Serving an application over TCP until a signal, then letting its calls finish."""

import logging
import os
import socket
from contextlib import nullcontext

import anyio
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from clickpipes_mcp.calls import CallsUnderWay, let_answers_pass
from clickpipes_mcp.http.connections import Connections, most_connections
from clickpipes_mcp.http.repeated_lines import tell_once_a_minute
from clickpipes_mcp.listener import QuietServer
from clickpipes_mcp.signals import leaving_on_signal
from clickpipes_mcp.telemetry import detach_all

HTTP_CALLS_MAY_TAKE_S = 2.5
"""How long calls may go on after a signal; the process is to be gone within five seconds."""

_ANSWERS_MAY_TAKE_S = 0.2
"""How long answers may take that were given at the last moment; then streams are ended."""

_REQUESTS_MAY_TAKE_S = 0.1
"""How long a request may take to arrive on a connection that was taken at the last moment."""

_WAITING_TO_BE_ACCEPTED = 1024
_NOT_STARTED = 1
_CONNECTIONS_END_AFTER_S = 4
"""When connections are cut that say nothing."""


class _Server(QuietServer):
    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let many connect at once, of whom a few are accepted at a time."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_WAITING_TO_BE_ACCEPTED)
        self.is_deaf = anyio.Event()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no connection any more, and hear those out that were just taken."""
        for listening in self.servers:
            listening.close()
        await anyio.sleep(_REQUESTS_MAY_TAKE_S)
        self.is_deaf.set()
        await super().shutdown(sockets)


def _ending_early(app: ASGIApp, requests: CallsUnderWay, posts: CallsUnderWay) -> ASGIApp:
    """The application, each of its requests ended properly when it is cancelled.

    `posts` are those that may bring a call; others may be streams without an end.
    """

    async def ended_early(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        has_started = is_complete = False

        async def noted(message: Message) -> None:
            nonlocal has_started, is_complete
            has_started = True
            is_complete = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        with requests.counted(), posts.counted() if scope["method"] == "POST" else nullcontext():
            await app(scope, receive, noted)
            return
        if is_complete:
            return
        if has_started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await PlainTextResponse("shutting down", 503)(scope, receive, send)

    return ended_early


async def serve_http(app: ASGIApp, calls: CallsUnderWay, listener: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM, which end the process with 130 or 143; else the exit code.

    No connection is taken any more from then on. Calls in progress may finish for a moment; those
    that do not are cancelled and answered as such.
    """
    requests, posts = CallsUnderWay(), CallsUnderWay()
    server = _Server(
        Connections(
            _ending_early(app, requests, posts),
            most_connections(),
            cut_after_s=_CONNECTIONS_END_AFTER_S,
        )
    )
    code = 0
    tell_once_a_minute()

    async def leave(with_code: int) -> None:
        nonlocal code
        code = with_code
        server.should_exit = True
        began_s = anyio.current_time()
        with anyio.move_on_after(HTTP_CALLS_MAY_TAKE_S):
            await server.is_deaf.wait()
            await posts.finished()  # one that has arrived may still become a call
        await calls.end(max(began_s + HTTP_CALLS_MAY_TAKE_S - anyio.current_time(), 0))
        await let_answers_pass()
        await requests.end(_ANSWERS_MAY_TAKE_S)

    async with leaving_on_signal(leave):
        await server.serve([listener])
        if code:
            detach_all()
            # A thread that looks up a name cannot be cancelled and would hold the process.
            logging.shutdown()
            os._exit(code)
    return _NOT_STARTED
