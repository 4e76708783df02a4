"""A session that was begun by the front: it is read once more, and answered to nobody."""

import contextvars
import io
from collections import deque
from collections.abc import Iterable, Iterator

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCRequest, JSONRPCResponse
from typing_extensions import override

from clickpipes_mcp.closing import ClosedAtExit
from clickpipes_mcp.standard_streams import as_message
from clickpipes_mcp.unreadable_lines import Incoming, Outgoing


class Resumed(ClosedAtExit):
    """Both directions of a session: what the front heard, what waited, and then what arrives.

    A request that was answered is read when the one before has its answer, so that no answer can be
    taken for another.
    """

    def __init__(
        self,
        incoming: Incoming,
        outgoing: Outgoing,
        heard: Iterable[bytes],
        waiting: Iterable[bytes],
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._heard = deque(_messages(heard))
        self._waiting = deque(_messages(waiting))
        self._answered = anyio.Event()
        self._answered.set()
        self._asked: str | int | None = None

    @property
    def last_context(self) -> contextvars.Context | None:
        """That of the last message that arrived."""
        return self._incoming.last_context

    async def __anext__(self) -> SessionMessage | Exception:
        await self._answered.wait()
        if self._heard:
            item = self._heard.popleft()
            if isinstance(item, SessionMessage) and isinstance(item.message, JSONRPCRequest):
                self._asked, self._answered = item.message.id, anyio.Event()
            return item
        return self._waiting.popleft() if self._waiting else await self._incoming.__anext__()

    async def send(self, item: SessionMessage, /) -> None:
        """Send it, unless it answers what the front has answered."""
        answer = item.message
        is_second = not self._answered.is_set() and (
            isinstance(answer, JSONRPCResponse | JSONRPCError) and answer.id == self._asked
        )
        if is_second:
            self._answered.set()
        else:
            await self._outgoing.send(item)

    @override
    async def aclose(self) -> None:
        await self._incoming.aclose()
        await self._outgoing.aclose()


def _messages(lines: Iterable[bytes]) -> Iterator[SessionMessage | Exception]:
    """Lines as the SDK reads them from standard input."""
    raw = io.BytesIO(b"".join(line + b"\n" for line in lines))
    for line in io.TextIOWrapper(raw, encoding="utf-8", errors="replace"):
        yield as_message(line)
