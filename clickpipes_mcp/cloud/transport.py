"""Sends requests: secrets resolved last, one deadline, careful repetition, one kind of error."""

import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from clickpipes_mcp import telemetry
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.answers import LOOK_FIRST, RawAnswer, read_refusal, read_reply
from clickpipes_mcp.cloud.bodies import ResolvedBody, flaws_of, resolve
from clickpipes_mcp.cloud.flights import Flights, may_be_shared
from clickpipes_mcp.cloud.patience import WORTH_TELLING_S, caller, count_limited, gives_way, tell
from clickpipes_mcp.cloud.rate_limit import RateLimiter
from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.cloud.requests import ApiRequest, RequestBody
from clickpipes_mcp.cloud.retry import (
    TOO_MANY_REQUESTS,
    Failure,
    asked_wait_s,
    delay_s,
    may_have_taken_effect,
)
from clickpipes_mcp.errors import ClickPipesError, Problem, Unreachable
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.secret_resolver import SecretResolver

if TYPE_CHECKING:
    from clickpipes_mcp.cloud.wire import Outgoing, Wire  # loads httpx2: start-up time

_logger = logging.getLogger(__name__)
_IN_LINE = "waiting for the API's request limit"
_ACCEPT = {"text": "text/plain"}


@dataclass(frozen=True)
class Timeouts:
    """Seconds that an operation may take, all its attempts included.

    Waiting in line for the request limit is not counted: it ends by itself, in order.
    """

    read_s: float = 30.0
    write_s: float = 300.0


class Transport:
    """The way to the API. `connect` opens the connection when the first request needs it.

    `rotated` tells which secrets have come since that the redactor does not know.
    """

    def __init__(
        self,
        connect: "Callable[[], Wire]",
        *,
        clock: Clock,
        resolver: SecretResolver,
        redactor: Redactor,
        rotated: Callable[[], Iterable[str]] = tuple,
        timeouts: Timeouts = Timeouts(),
        limiter: RateLimiter | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self._wire: Wire | None = None
        self._clock = clock
        self._resolver = resolver
        self._redactor = redactor
        self._rotated = rotated
        self._timeouts = timeouts
        self._limiter = limiter
        self._jitter = jitter
        self._flights = Flights()

    async def aclose(self) -> None:
        """Close the connections, if there are any; sending opens them again."""
        wire, self._wire = self._wire, None
        if wire:
            await wire.aclose()

    async def send(self, request: ApiRequest[object]) -> Reply:
        """The API's answer; that to an equal read on its way, where the caller shares.

        Raises:
            ClickPipesError: Whatever went wrong; nothing else leaves this method.
        """
        if may_be_shared(request):
            return await self._flights.join(request, lambda: self._send_alone(request))
        try:
            return await self._send_alone(request)
        finally:
            if not request.is_read:
                self._flights.forget()

    async def _send_alone(self, request: ApiRequest[object]) -> Reply:
        outgoing, redactor = self._prepared(request)
        # A read asks and is answered; everything else may have to reach the source first.
        timeout_s = self._timeouts.read_s if request.method == "GET" else self._timeouts.write_s
        self._opened()  # which takes a moment: no turn may wait for it
        await self._take_turn()
        sending = _Sending(request, outgoing, redactor, self._clock.monotonic() + timeout_s)
        try:
            with anyio.fail_after(timeout_s):
                return await self._send(sending)
        except TimeoutError as error:
            ambiguous = sending.is_in_flight and not request.is_read
            raise Unreachable(
                f"The API did not answer {request.operation} within {timeout_s:g} s.",
                may_have_happened=ambiguous,
                fix=LOOK_FIRST if ambiguous else "Nothing was changed. Repeat the call.",
            ) from error

    def secret_flaws(self, body: RequestBody) -> list[Problem]:
        """The secrets of a body that cannot be sent, each with its path there and why."""
        return list(flaws_of(body, self._resolver))

    def place_of(self, secret: Secret) -> str | None:
        """Where a secret leads to, such as an account; None where that cannot be told."""
        return secret.place(self._resolver)

    def resolve(self, body: RequestBody) -> ResolvedBody:
        """A body as it would be sent, with its secrets, and what is secret in it.

        Raises:
            SecretUnavailable: References lead nowhere, or literal secrets are not allowed.
        """
        return resolve(body, self._resolver)

    def _prepared(self, request: ApiRequest[object]) -> "tuple[Outgoing, Redactor]":
        from clickpipes_mcp.cloud.wire import Outgoing  # loads httpx2: start-up time

        content, redactor = None, self._redactor.knowing(self._rotated())
        if request.body is not None:
            body = resolve(request.body, self._resolver)
            content, redactor = body.content, redactor.knowing(body.secrets)
        accept = _ACCEPT.get(request.expects, "application/json")
        outgoing = Outgoing(request.method, request.path, content, accept, request.is_read)
        return outgoing, redactor

    async def _send(self, sending: "_Sending") -> Reply:
        attempt = 1
        while True:
            try:
                return await self._attempt(sending)
            except _Failed as failed:
                remaining_s = sending.deadline - self._clock.monotonic()
                delay = delay_s(
                    failed.failure,
                    attempt=attempt,
                    remaining_s=remaining_s,
                    jitter=self._jitter(),
                )
                if delay is None:
                    raise failed.error from failed.error.__cause__
                is_limited = failed.failure.status == TOO_MANY_REQUESTS
                if self._limiter and is_limited:
                    await self._limiter.close_for(delay)
            _logger.debug("%s: again in %.1f s", sending.request.operation, delay)
            if is_limited:
                await tell(_IN_LINE)
                count_limited(delay)
            await self._clock.sleep(delay)
            await self._take_turn()
            attempt += 1
            telemetry.record(telemetry.API_RETRIES, operation=sending.request.operation)

    async def _attempt(self, sending: "_Sending") -> Reply:
        request = sending.request
        sending.is_in_flight = True
        try:
            raw = await self._exchange(self._opened(), sending)
        except Unreachable as error:
            sending.is_in_flight = False
            raise _Failed(Failure(None, error.may_have_happened), error) from error
        finally:
            if self._limiter:
                await self._limiter.settle()
        sending.is_in_flight = False
        _logger.debug("%s %s: %d", request.method, request.path, raw.status)
        if raw.status < 400:
            return read_reply(raw, request, sending.redactor)
        wait_s = asked_wait_s(raw.headers, self._clock.now())
        ambiguous = may_have_taken_effect(
            is_read=request.is_read, status=raw.status, asked_to_wait=wait_s is not None
        )
        failure = Failure(raw.status, ambiguous, wait_s)
        raise _Failed(failure, read_refusal(raw, request, sending.redactor, failure))

    def _opened(self) -> "Wire":
        if self._wire is None:
            self._wire = self._connect()
        return self._wire

    async def _exchange(self, wire: "Wire", sending: "_Sending") -> RawAnswer:
        operation, status = sending.request.operation, "none"
        began_s = self._clock.monotonic()
        with telemetry.span("api request", operation=operation) as span:
            try:
                raw = await wire.exchange(sending.outgoing, max(sending.deadline - began_s, 0.001))
                status = str(raw.status)
                return raw
            finally:
                lasted_s = self._clock.monotonic() - began_s
                span.note(status=status)
                telemetry.record(
                    telemetry.API_REQUESTS, lasted_s, operation=operation, status=status
                )

    async def _take_turn(self) -> None:
        if self._limiter:
            if self._limiter.is_full(caller()):
                await tell(_IN_LINE)
            waited_s = await self._limiter.acquire(caller(), gives_way=gives_way())
            count_limited(waited_s)
            telemetry.record(telemetry.LIMIT_WAITS, waited_s)
            if waited_s >= WORTH_TELLING_S:
                _logger.info("Waited %.1f s to stay under the API's request limit", waited_s)


class _Failed(Exception):
    """One attempt failed; never leaves this module."""

    def __init__(self, failure: Failure, error: ClickPipesError) -> None:
        super().__init__()
        self.failure = failure
        self.error = error


class _Sending:
    """One request on its way, over all its attempts."""

    def __init__(
        self, request: ApiRequest[object], outgoing: "Outgoing", redactor: Redactor, deadline: float
    ) -> None:
        self.request = request
        self.outgoing = outgoing
        self.redactor = redactor
        self.deadline = deadline
        self.is_in_flight = False
