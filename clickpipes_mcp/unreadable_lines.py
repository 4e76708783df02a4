"""Lines of the standard input that are no messages, and the answer to them.

The SDK drops such a line, and whoever wrote it waits for ever: half of a surrogate pair, a raw tab
in a text, a number of thousands of digits or an object some hundred levels deep is enough.
"""

import contextvars
import json
import re
from collections.abc import Callable, Mapping
from typing import Protocol, Self, TypeAlias

from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCNotification
from pydantic import ValidationError
from typing_extensions import override

from clickpipes_mcp.closing import ClosedAtExit

_LONGEST_NUMBER = 18
_TOLD = "Nothing was done. Correct it and send it again."
_BYTE_ORDER_MARK = "\ufeff"
_NOTIFICATIONS = ("notifications/", "$/")
_RESPONSE = frozenset({"result", "error"})
_COLUMN = re.compile(r"column (\d+)$")
_NOT_JSON: Mapping[str, str] = {
    "control character": "a control character, such as a tab, must be escaped",
    "hex escape": "it holds half of a surrogate pair",
    "recursion": "objects are nested too deeply",
    "number out of range": "a number has too many digits",
}
"""Words of the parser, and what they mean to whoever wrote the line."""


class Incoming(Protocol):
    """What arrives, as the SDK reads it; an exception stands for a line that is no message."""

    @property
    def last_context(self) -> contextvars.Context | None: ...

    async def __anext__(self) -> SessionMessage | Exception: ...

    async def aclose(self) -> None: ...


Refuse: TypeAlias = Callable[[SessionMessage | Exception], JSONRPCError | None]


class Outgoing(Protocol):
    """What is sent."""

    async def send(self, item: SessionMessage) -> None: ...

    async def aclose(self) -> None: ...


class AnsweredLines(ClosedAtExit):
    """What arrives, where all that `refuse` has an answer to is answered and left out.

    That is every line that is no message, unless somebody says otherwise.
    """

    def __init__(
        self, incoming: Incoming, outgoing: Outgoing, refuse: Refuse | None = None
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._refuse = refuse or refuse_item

    @property
    def last_context(self) -> contextvars.Context | None:
        """That of the last message, which the SDK goes on in."""
        return self._incoming.last_context

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        while True:
            item = await self._incoming.__anext__()
            refusal = self._refuse(item)
            if refusal is None:
                return item
            await self._outgoing.send(SessionMessage(refusal))

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        return await self.__anext__()

    @override
    async def aclose(self) -> None:
        """Read no more."""
        await self._incoming.aclose()


def refuse_item(item: SessionMessage | Exception) -> JSONRPCError | None:
    """The answer to what arrived and is no message; None where it is one."""
    return refuse_line(item) if isinstance(item, Exception) else refuse_message(item)


def refuse_line(error: Exception) -> JSONRPCError:
    """The answer to a line that could not be read, under the request's own id if it tells one."""
    code, reason, message = _look_at(error)
    told = ErrorData(code=code, message=f"{reason} {_TOLD}")
    return JSONRPCError(jsonrpc="2.0", id=_request_id(message), error=told)


def refuse_message(item: SessionMessage) -> JSONRPCError | None:
    """The answer to a request whose id is none, which the SDK takes for a notification."""
    message = item.message
    if not isinstance(message, JSONRPCNotification) or message.method.startswith(_NOTIFICATIONS):
        return None
    reason = "Invalid Request: a request must have an id, text or a whole number."
    told = ErrorData(code=INVALID_REQUEST, message=f"{reason} {_TOLD}")
    return JSONRPCError(jsonrpc="2.0", id=None, error=told)


def _look_at(error: Exception) -> tuple[int, str, Mapping[str, object]]:
    """What kind of line it was, in words, and what of it can be read."""
    if not isinstance(error, ValidationError):
        return INVALID_REQUEST, "A message cannot be read.", {}
    details = error.errors(include_url=False)
    if details[0]["type"] == "json_invalid":
        line = str(details[0]["input"])
        reason = _why_not_json(line, str(details[0].get("ctx", {}).get("error", "")))
        return PARSE_ERROR, reason, _readable_part(line)
    whole = next((one["input"] for one in details if isinstance(one["input"], dict)), None)
    if whole is None:
        return INVALID_REQUEST, "A message must be one JSON object; batches are not supported.", {}
    return INVALID_REQUEST, _why_no_message(whole), whole


def _why_not_json(line: str, said: str) -> str:
    """Why a line is not JSON, without a word of what stands in it."""
    if line.startswith(_BYTE_ORDER_MARK):
        return "The line begins with a byte order mark, which JSON must not have."
    reason = next((reason for word, reason in _NOT_JSON.items() if word in said), None)
    column = _COLUMN.search(said)
    where = f" at character {column[1]}" if column else ""
    return f"The line is not valid JSON{where}{f': {reason}' if reason else ''}."


def _why_no_message(whole: Mapping[str, object]) -> str:
    if whole.get("jsonrpc") != "2.0":
        return 'The message is no JSON-RPC: it must hold "jsonrpc": "2.0".'
    if "method" not in whole and not _RESPONSE & whole.keys():
        return "The message is no JSON-RPC: it holds neither a method nor a result nor an error."
    if not isinstance(whole.get("method", ""), str):
        return "The message is no JSON-RPC: method must be text."
    if not isinstance(whole.get("params", {}), dict):
        return "The message is no JSON-RPC: params must be an object."
    return "The message is no JSON-RPC: a field is missing or of the wrong type."


def _request_id(message: Mapping[str, object]) -> str | int | None:
    """Of a request only: the id of a response is one of ours."""
    number = message.get("id")
    if _RESPONSE & message.keys() or isinstance(number, bool):
        return None
    return told_of(number)


def told_of(number: object) -> str | int | None:
    """An id as it is told back; None for one that cannot be told."""
    if isinstance(number, str) and number.isprintable():
        return number
    return number if isinstance(number, int) else None


def _readable_part(line: str) -> Mapping[str, object]:
    """The fields of the outermost object up to where the line breaks off.

    A field that cannot be read itself stands for None.
    """
    found: dict[str, object] = {}
    rest = line.lstrip(_BYTE_ORDER_MARK + " ")
    try:
        while rest.startswith(("{", ",")):
            key, end = _PATIENT.raw_decode(rest[1:].lstrip())
            rest = rest[1:].lstrip()[end:].lstrip()
            if not isinstance(key, str) or not rest.startswith(":"):
                break
            found[key] = None
            found[key], end = _PATIENT.raw_decode(rest[1:].lstrip())
            rest = rest[1:].lstrip()[end:].lstrip()
    except (ValueError, RecursionError):
        pass
    return found


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


_PATIENT = json.JSONDecoder(parse_int=_number, strict=False)
