"""What a connection may take: time for its headers and bodies, and a place among the others.

uvicorn waits for ever for whoever connects and says nothing. Here whatever a caller has to send
has a deadline, and when the places are taken, whoever has kept silent for longest gives up theirs.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

import h11
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_MAY_TAKE_S: Final = 10.0
"""From the connection, or the last answer, until all headers of a request are there."""

BODY_MAY_TAKE_S: Final = 30.0
"""From the headers to the end of the body: 1 MiB at 35 kB a second."""

ANSWER_MAY_STALL_S: Final = 60.0
"""How long an answer may wait for a caller who does not read."""

MOST_CONNECTIONS: Final = 1000
_ACCEPTED_AT_ONCE: Final = 32
"""Before those that are too many can be closed."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deadlines:
    """Seconds that each part of a conversation may take."""

    headers_s: float = HEADERS_MAY_TAKE_S
    body_s: float = BODY_MAY_TAKE_S
    stall_s: float = ANSWER_MAY_STALL_S


def most_connections() -> int:
    """How many there is room for, half of the files this process may open at most."""
    try:
        import resource  # POSIX only
    except ImportError:
        return MOST_CONNECTIONS
    may_open, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if may_open == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, may_open // 2)


class Connections(uvicorn.Config):
    """uvicorn's configuration, with so many places and these deadlines."""

    def __init__(
        self, app: ASGIApp, most: int, deadlines: Deadlines = Deadlines(), cut_after_s: int = 0
    ) -> None:
        super().__init__(
            app,
            http=_Connection,
            ws="none",
            lifespan="on",
            backlog=_ACCEPTED_AT_ONCE,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=cut_after_s,
        )
        self.most = most
        self.deadlines = deadlines
        self.silent: dict[_Connection, None] = {}
        """Those that owe the headers of a request, the longest first."""


class _Connection(H11Protocol):
    """A connection whose caller cannot keep anybody waiting."""

    config: Connections
    _owes: tuple[str, object] | None = None
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._note_what_is_owed()
        if len(self.connections) > self.config.most:
            _logger.warning(
                "All %d connections are taken; whoever keeps silent for longest is let go",
                self.config.most,
            )
            self._let_the_most_silent_go()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.config.silent.pop(self, None)
        _cancel(self._deadline)
        _cancel(self._stalled)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._note_what_is_owed()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note_what_is_owed()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.config.deadlines.stall_s, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._stalled)

    def _let_the_most_silent_go(self) -> None:
        gone = next(iter(self.config.silent))  # at the worst this one
        del self.config.silent[gone]
        self.connections.discard(gone)
        gone.transport.abort()

    def _note_what_is_owed(self) -> None:
        """Set the deadline of what the caller is to send next, once for each headers and body."""
        part = {h11.IDLE: "headers", h11.SEND_BODY: "body"}.get(self.conn.their_state)
        owes = (part, self.cycle) if part else None
        if owes == self._owes:
            return
        _cancel(self._deadline)
        self.config.silent.pop(self, None)
        self._owes, self._deadline = owes, None
        if part == "headers":
            self.config.silent[self] = None
            self._set(self.config.deadlines.headers_s)
        elif part == "body":
            self._set(self.config.deadlines.body_s)

    def _set(self, deadline_s: float) -> None:
        self._deadline = self.loop.call_later(deadline_s, self._end)

    def _end(self) -> None:
        if self.conn.our_state is h11.SEND_RESPONSE:
            headers = [("connection", "close"), ("content-length", "0")]
            for event in (h11.Response(status_code=408, headers=headers), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
