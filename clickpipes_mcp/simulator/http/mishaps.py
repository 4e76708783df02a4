"""Answers that break on the way."""

from collections.abc import Sequence
from typing import Final

import anyio.lowlevel
import httpx2
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.simulator.faults import Fault

HANG_UP: Final = "clickpipes.hang_up"
_PIECES: Final = 8


async def hang_up(scope: Scope) -> None:
    """End the connection without an answer.

    Behind a socket it is aborted, by what the server put under `HANG_UP` in the extensions of the
    scope. In process there is no socket, so what a client would meet is raised.
    Raises httpx2.ReadError.
    """
    abort = scope.get("extensions", {}).get(HANG_UP)
    if not callable(abort):
        raise httpx2.ReadError("connection reset by the simulator")
    abort()
    await anyio.lowlevel.checkpoint()


def refuse_certificate(scope: Scope) -> None:
    """Fail as a client does that does not know who signed the certificate.

    Behind a socket the certificate itself does that, before there is a request.
    Raises httpx2.ConnectError.
    """
    if HANG_UP not in scope.get("extensions", {}):
        raise httpx2.ConnectError(
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
        )


class BodyMishap:
    """A `send` that spoils the answer as the faults say."""

    def __init__(self, scope: Scope, send: Send, faults: Sequence[Fault], clock: Clock) -> None:
        self._scope = scope
        self._send = send
        self._faults = {fault.kind: fault for fault in faults}
        self._clock = clock

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(self._start(message))
        else:
            await self._body(message)

    def _start(self, message: Message) -> Message:
        headers = MutableHeaders(raw=list(message["headers"]))
        not_json = self._faults.get("not_json")
        if "content_type" in self._faults or not_json:
            headers["content-type"] = "text/html; charset=utf-8"
        if not_json:
            headers["content-length"] = str(len(_page(not_json)))
        status = not_json.status if not_json else message["status"]
        return {**message, "status": status, "headers": headers.raw}

    async def _body(self, message: Message) -> None:
        body: bytes = message.get("body", b"")
        if "not_json" in self._faults:
            body = _page(self._faults["not_json"])
        if "truncate" in self._faults:
            await self._truncated(message, body)
            return
        if "trickle" in self._faults:
            await self._trickle(body, self._faults["trickle"].seconds)
            return
        await self._send({**message, "body": body})

    async def _truncated(self, message: Message, body: bytes) -> None:
        await self._send({**message, "body": body[: len(body) // 2], "more_body": True})
        if HANG_UP in self._scope.get("extensions", {}):
            await hang_up(self._scope)
        else:
            await self._send({**message, "body": b"", "more_body": False})

    async def _trickle(self, body: bytes, seconds: float) -> None:
        size = max(len(body) // _PIECES, 1)
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        for piece in pieces:
            await self._clock.sleep(seconds / len(pieces))
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _page(fault: Fault) -> bytes:
    return (fault.text or "<html><body>upstream connect error</body></html>").encode()
