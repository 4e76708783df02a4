"""What stands before every route: identity, rate limit, faults."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.simulator.envelope import ApiError, refusal
from clickpipes_mcp.simulator.faults import Fault, FaultBoard, WaitForm
from clickpipes_mcp.simulator.http.access import authenticate, authorize
from clickpipes_mcp.simulator.http.mishaps import BodyMishap, hang_up, refuse_certificate
from clickpipes_mcp.simulator.http.openapi import DOCUMENT_PATH
from clickpipes_mcp.simulator.http.rate_limit import RateLimit
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.world.organization import World

CONTROL_PREFIX: Final = "/_simulator/"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "testclient"})
_BODY_FAULTS: Final = frozenset({"truncate", "not_json", "content_type", "trickle"})


class Gateway:
    """ASGI middleware."""

    def __init__(
        self,
        app: ASGIApp,
        world: World,
        options: SimulatorOptions,
        board: FaultBoard,
        clock: Clock,
    ) -> None:
        self._app = app
        self._world = world
        self._options = options
        self._board = board
        self._clock = clock
        self._limit = RateLimit() if options.rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        if self._board.is_empty() or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        await self._with_faults(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        try:
            if scope["path"].startswith(CONTROL_PREFIX):
                self._check_control(scope)
            elif scope["path"] != DOCUMENT_PATH:
                self._check_caller(scope)
        except ApiError as error:
            return refusal(self._world.new_request_id(), error)
        return None

    def _check_control(self, scope: Scope) -> None:
        client = scope.get("client") or ("", 0)
        if not self._options.control or client[0] not in _LOOPBACK:
            raise ApiError(404, f"NOT_FOUND: Cannot {scope['method']} {scope['path']}")

    def _check_caller(self, scope: Scope) -> None:
        header = Headers(scope=scope).get("authorization", "")
        caller = authenticate(header, self._options.key)
        if self._limit is not None:
            wait_s = self._limit.wait_s(caller.key_id, self._clock.monotonic())
            if wait_s > 0:
                raise too_many_requests(wait_s, "both", self._clock.now())
        authorize(caller, scope["method"], scope["path"])

    async def _with_faults(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = self._board.take(scope["method"], scope["path"])
        if any(fault.kind == "unknown_ca" for fault in faults):
            refuse_certificate(scope)
        for fault in faults:
            if fault.kind == "latency":
                await self._clock.sleep(self._board.delay_s(fault))
        ending = next((fault for fault in faults if fault.kind in ("status", "reset")), None)
        if ending is not None:
            await self._end(ending, scope, receive, send)
            return
        mishaps = [fault for fault in faults if fault.kind in _BODY_FAULTS]
        sender = BodyMishap(scope, send, mishaps, self._clock) if mishaps else send
        await self._app(scope, receive, sender)

    async def _end(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.when == "after":
            await self._app(scope, receive, _unheard)
        if fault.kind == "reset":
            await hang_up(scope)
            return
        error = (
            too_many_requests(fault.seconds, fault.headers, self._clock.now())
            if fault.status == 429
            else ApiError(fault.status, fault.text or "Internal error")
        )
        await refusal(self._world.new_request_id(), error)(scope, receive, send)


def too_many_requests(wait_s: float, form: WaitForm, now: datetime) -> ApiError:
    """A 429; only X-RateLimit-Reset (seconds) is known of the service, Retry-After is HTTP's."""
    told: dict[str, str] = {}
    if form in ("both", "reset"):
        told["X-RateLimit-Reset"] = f"{wait_s:.3f}"
    if form in ("both", "retry-after"):
        told["Retry-After"] = str(math.ceil(wait_s))
    if form == "retry-after-date":
        then = now + timedelta(seconds=math.ceil(wait_s))
        told["Retry-After"] = format_datetime(then.astimezone(UTC), usegmt=True)
    return ApiError(429, "Too many requests", told)


async def _unheard(_message: Message) -> None:
    """Swallow an answer whose caller never gets it."""
