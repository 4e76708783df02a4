import socket

import anyio
import httpx2
import pytest
from pydantic import SecretStr

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud.rate_limit import RateLimiter
from clickpipes_mcp.cloud.requests import Requests
from clickpipes_mcp.cloud.transport import Timeouts, Transport
from clickpipes_mcp.cloud.wire import Endpoint, Wire
from clickpipes_mcp.errors import (
    ApiFailure,
    InvalidArguments,
    RateLimited,
    SecretUnavailable,
    Unreachable,
    UnreadableAnswer,
)
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.secret_resolver import SecretResolver

pytestmark = pytest.mark.anyio
SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"
READ = Requests(SERVICE).get_pipe(SERVICE, PIPE)
WRITE = Requests(SERVICE).create_pipe(SERVICE, {"name": "orders"})


@pytest.fixture
def limiter(clock):
    return RateLimiter(clock)


@pytest.fixture
async def transport(recorded_api, clock, limiter):
    endpoint = Endpoint(recorded_api.url, "example-key", SecretStr("example-secret"))
    transport = Transport(
        lambda: Wire(endpoint),
        clock=clock,
        resolver=SecretResolver(),
        redactor=Redactor(["example-secret"]),
        timeouts=Timeouts(30, 300),
        limiter=limiter,
        jitter=lambda: 1.0,
    )
    yield transport
    recorded_api.over.set()
    await transport.aclose()


def impatient(recorded_api, clock, **seconds: float) -> Transport:
    endpoint = Endpoint(recorded_api.url, "example-key", SecretStr("example-secret"))
    return Transport(
        lambda: Wire(endpoint),
        clock=clock,
        resolver=SecretResolver(),
        redactor=Redactor(),
        timeouts=Timeouts(**seconds),
    )


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_is_repeated_until_the_trouble_has_passed(
    transport, recorded_api, clock, status
):
    trouble = recorded_api.error(status, "later")
    recorded_api.will(trouble, trouble, trouble, recorded_api.result({"id": PIPE}))
    assert (await transport.send(READ)).result == {"id": PIPE}
    assert len(recorded_api.requests) == 4
    assert clock.monotonic() == pytest.approx(3.5)


@pytest.mark.parametrize("mishap", ["reset", "cut short"])
async def test_a_read_is_repeated_after_a_broken_connection(transport, recorded_api, mishap):
    good = recorded_api.result({"id": PIPE})
    recorded_api.will(type(good)(200, good.body, good.headers, mishap))
    assert (await transport.send(READ)).result == {"id": PIPE}
    assert len(recorded_api.requests) == 2


async def test_a_read_gives_up_after_four_attempts(transport, recorded_api):
    recorded_api.standing = recorded_api.error(503, "never")
    with pytest.raises(ApiFailure) as caught:
        await transport.send(READ)
    assert not caught.value.may_have_happened
    assert len(recorded_api.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 424, 500])
async def test_a_final_answer_is_not_asked_for_again(transport, recorded_api, status):
    recorded_api.standing = recorded_api.error(status, "no")
    with pytest.raises(Exception, match=r"."):
        await transport.send(READ)
    assert len(recorded_api.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_write_that_may_have_happened_is_not_repeated(transport, recorded_api, status):
    recorded_api.standing = recorded_api.error(status, "oh no")
    with pytest.raises(ApiFailure) as caught:
        await transport.send(WRITE)
    assert caught.value.may_have_happened
    assert len(recorded_api.requests) == 1


@pytest.mark.parametrize("mishap", ["reset", "cut short"])
async def test_a_write_is_not_repeated_after_a_broken_connection(transport, recorded_api, mishap):
    good = recorded_api.result({"id": PIPE})
    recorded_api.will(type(good)(200, good.body, good.headers, mishap))
    with pytest.raises(Unreachable) as caught:
        await transport.send(WRITE)
    assert caught.value.may_have_happened
    assert len(recorded_api.requests) == 1


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"x_ratelimit_reset": "2"}), (503, {"retry_after": "2"})]
)
async def test_a_write_is_repeated_when_the_api_put_it_off(
    transport, recorded_api, clock, status, headers
):
    recorded_api.will(recorded_api.error(status, "later", **headers))
    await transport.send(WRITE)
    assert [request.json for request in recorded_api.requests] == [{"name": "orders"}] * 2
    assert clock.monotonic() >= 2


async def test_a_write_is_repeated_when_it_never_left(clock):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        endpoint = Endpoint(f"http://127.0.0.1:{port}", "k", SecretStr("s"))
        transport = Transport(
            lambda: Wire(endpoint),
            clock=clock,
            resolver=SecretResolver(),
            redactor=Redactor(),
            jitter=lambda: 1.0,
        )
        with pytest.raises(Unreachable) as caught:
            await transport.send(WRITE)
        await transport.aclose()
    assert not caught.value.may_have_happened
    assert clock.monotonic() == pytest.approx(3.5)


async def test_a_limit_is_waited_for_as_long_as_the_deadline_allows(transport, recorded_api, clock):
    recorded_api.will(recorded_api.error(429, "later", x_ratelimit_reset="31"))
    with pytest.raises(RateLimited) as caught:
        await transport.send(READ)
    assert caught.value.wait_s == 31
    assert clock.monotonic() == 0


async def test_a_used_up_limit_holds_back_every_other_caller(transport, recorded_api, limiter):
    recorded_api.will(recorded_api.error(429, "later", x_ratelimit_reset="5"))
    async with anyio.create_task_group() as calls:
        calls.start_soon(transport.send, READ)
        calls.start_soon(transport.send, READ)
    assert len(recorded_api.requests) == 3
    assert await limiter.acquire() == 0


async def test_many_calls_stay_under_the_limit(transport, recorded_api, clock):
    async with anyio.create_task_group() as calls:
        for _ in range(25):
            calls.start_soon(transport.send, READ)
    assert len(recorded_api.requests) == 25
    assert clock.monotonic() >= 20


@pytest.mark.parametrize(
    ("request_", "limit", "ambiguous"), [(READ, "read_s", False), (WRITE, "write_s", True)]
)
async def test_silence_ends_at_the_deadline(recorded_api, clock, request_, limit, ambiguous):
    transport = impatient(recorded_api, clock, **{limit: 0.1})
    if request_ is WRITE:
        await transport.send(READ)  # one that finds no connection in time has not left
    good = recorded_api.result({})
    recorded_api.standing = type(good)(mishap="silence")
    with pytest.raises(Unreachable) as caught:
        await transport.send(request_)
    assert caught.value.may_have_happened == ambiguous
    recorded_api.over.set()
    await transport.aclose()


async def test_a_wire_that_hangs_is_left_at_the_deadline(clock):
    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await anyio.sleep_forever()
            raise AssertionError(request)

    endpoint = Endpoint("http://localhost", "k", SecretStr("s"))
    transport = Transport(
        lambda: Wire(endpoint, Hanging()),
        clock=clock,
        resolver=SecretResolver(),
        redactor=Redactor(),
        timeouts=Timeouts(0.05, 0.05),
    )
    with pytest.raises(Unreachable, match=r"did not answer create_pipe within 0\.05 s") as caught:
        await transport.send(WRITE)
    assert caught.value.may_have_happened
    with pytest.raises(Unreachable) as caught:
        await transport.send(READ)
    assert not caught.value.may_have_happened
    await transport.aclose()


async def test_a_cancelled_call_ends_at_once(recorded_api, transport):
    good = recorded_api.result({})
    recorded_api.standing = type(good)(mishap="silence")
    with anyio.move_on_after(0.05) as scope:
        await transport.send(READ)
    assert scope.cancelled_caught


@pytest.mark.parametrize("what", ["<html>", "", '{"result": '])
async def test_what_is_not_the_api_is_asked_once(transport, recorded_api, what):
    good = recorded_api.result({})
    recorded_api.standing = type(good)(200, what.encode())
    with pytest.raises(UnreadableAnswer):
        await transport.send(READ)
    assert len(recorded_api.requests) == 1


async def test_a_megabyte_of_garbage_is_an_error_of_one_line(transport, recorded_api):
    good = recorded_api.result({})
    recorded_api.standing = type(good)(400, bytes(range(256)) * 4096)
    with pytest.raises(UnreadableAnswer) as caught:
        await transport.send(READ)
    assert len(str(caught.value)) < 200


async def test_secrets_are_resolved_on_the_way_and_masked_on_the_way_back(
    transport, recorded_api, monkeypatch, caplog
):
    monkeypatch.setenv("CLICKPIPES_SECRET_KAFKA", "reference-canary")
    caplog.set_level("DEBUG")
    recorded_api.will(
        recorded_api.error(400, "no login with reference-canary, literal-canary, example-secret")
    )
    body = {"a": Secret("${env:CLICKPIPES_SECRET_KAFKA}"), "b": Secret("literal-canary")}
    with pytest.raises(Exception, match="no login") as caught:
        await transport.send(Requests(SERVICE).create_pipe(SERVICE, body))
    assert recorded_api.requests[0].json == {"a": "reference-canary", "b": "literal-canary"}
    shown = f"{caught.value!r} {vars(caught.value)} {transport!r} {caplog.text}"
    assert "canary" not in shown
    assert "example-secret" not in shown


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"a": Secret("${env:CLICKPIPES_SECRET_NOWHERE}")}, SecretUnavailable),
        ({"a": float("nan")}, InvalidArguments),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(transport, recorded_api, body, error):
    with pytest.raises(error):
        await transport.send(Requests(SERVICE).create_pipe(SERVICE, body))
    assert recorded_api.requests == []


async def test_a_closed_transport_opens_again(transport, recorded_api):
    await transport.send(READ)
    await transport.aclose()
    await transport.aclose()
    await transport.send(READ)
    assert len(recorded_api.requests) == 2


async def test_closing_what_was_never_opened_connects_to_nothing():
    def connect() -> Wire:
        raise AssertionError

    transport = Transport(
        connect, clock=ManualClock(), resolver=SecretResolver(), redactor=Redactor()
    )
    await transport.aclose()
