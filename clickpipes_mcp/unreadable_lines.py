"""Lines of the standard input that are no messages, and the answer to them.

The SDK drops such a line, and whoever wrote it waits for ever: half of a surrogate pair, a number
of thousands of digits or an object some hundred levels deep is enough.
"""

import contextvars
import json
from types import TracebackType
from typing import Protocol, Self

from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, ErrorData, JSONRPCError
from pydantic import ValidationError

_LONGEST_NUMBER = 18
_TOLD = (
    "The message cannot be read, so nothing was done: it is no JSON-RPC, or holds half of a "
    "character, a number of thousands of digits, or objects within objects beyond measure. "
    "Correct it and send it again."
)


class Incoming(Protocol):
    """What arrives, as the SDK reads it; an exception stands for a line that is no message."""

    last_context: contextvars.Context | None

    async def __anext__(self) -> SessionMessage | Exception: ...

    async def aclose(self) -> None: ...


class Outgoing(Protocol):
    """What is sent."""

    async def send(self, item: SessionMessage) -> None: ...


class AnsweredLines:
    """What arrives, where every line that is no message is answered and left out."""

    def __init__(self, incoming: Incoming, outgoing: Outgoing) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    @property
    def last_context(self) -> contextvars.Context | None:
        """That of the last message, which the SDK goes on in."""
        return self._incoming.last_context

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        while isinstance(item := await self._incoming.__anext__(), Exception):
            await self._outgoing.send(SessionMessage(refuse_line(item)))
        return item

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        return await self.__anext__()

    async def aclose(self) -> None:
        """Read no more."""
        await self._incoming.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def refuse_line(error: Exception) -> JSONRPCError:
    """The answer to a line that could not be read, under the request's own id if it tells one."""
    told = ErrorData(code=INVALID_REQUEST, message=_TOLD)
    return JSONRPCError(jsonrpc="2.0", id=_request_id(error), error=told)


def _request_id(error: Exception) -> str | int | None:
    """Of a request only: the id of a response is one of ours."""
    if not isinstance(error, ValidationError):
        return None
    for details in error.errors(include_url=False, include_context=False):
        message = _read(details["input"])
        number = message.get("id") if isinstance(message, dict) and "method" in message else None
        if isinstance(number, str | int) and not isinstance(number, bool):
            return number if isinstance(number, int) or number.isprintable() else None
    return None


def _read(line: object) -> object:
    """As far as it is JSON to somebody more patient."""
    if not isinstance(line, str):
        return line
    try:
        return json.loads(line, parse_int=_number)
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None
