"""Many tool calls at once under the real request limit: nobody is refused, nobody overtakes.

What may change something looks alone: its reads are never shared.
"""

from collections.abc import AsyncIterator
from functools import partial

import anyio
import anyio.lowlevel
import pytest
from mcp import Client

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.serving import KAFKA, PIPES, Served, built, error, facts

pytestmark = pytest.mark.anyio

CALLS = 50
KEY = {"key_id": "example-access-key", "key_secret": "example-access-secret"}
PINNED = {"organization_id": DEFAULT_ORGANIZATION_ID, "service_id": DEFAULT_SERVICE_ID}


class UnhurriedClock(ManualClock):
    """Time passes only when nobody has anything left to do, as on a machine that is fast."""

    async def sleep(self, seconds: float) -> None:
        for _ in range(500):
            await anyio.lowlevel.checkpoint()
        await super().sleep(seconds)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    clock = UnhurriedClock()
    plane, server = built(clock, simulator={"rate_limit": True}, **KEY, **PINNED)
    async with Client(server) as client:
        yield Served(client, plane, clock)


async def test_fifty_calls_at_once_meet_no_429_and_end_in_order(served) -> None:
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)
    served.clock.advance(60)
    served.plane.arrived.clear()
    began_s = served.clock.monotonic()
    ended: list[int] = []
    waited: list[bool] = []

    async def call(number: int) -> None:
        result = facts(await served.call("start_clickpipe", clickpipe=made["id"], dry_run=True))
        ended.append(number)
        waited.append(any("request limit" in text for text in result.get("warnings", ())))

    await served.tools()
    async with anyio.create_task_group() as calls:
        for number in range(CALLS):
            calls.start_soon(call, number)

    assert ended == sorted(ended)
    assert waited == [False] * 10 + [True] * 40
    # A 429 would have been asked again.
    assert len(served.plane.arrived) == CALLS
    assert served.clock.monotonic() - began_s == pytest.approx(42.0)


async def test_calls_of_several_requests_take_turns(served) -> None:
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)
    served.clock.advance(60)
    began = len(served.plane.arrived)

    async def call() -> None:
        settings = {"clickpipe": made["id"], "settings": {"streaming_max_insert_wait_ms": 5000}}
        facts(await served.call("update_clickpipe_settings", dry_run=True, **settings))

    async with anyio.create_task_group() as calls:
        for _ in range(CALLS):
            calls.start_soon(call)

    # All pipes stand before all settings: nobody's second request overtakes another's first.
    paths = [request.path for request in served.plane.arrived[began:]]
    pipe = f"{PIPES}/{made['id']}"
    assert paths == [pipe] * CALLS + [f"{pipe}/settings"] * CALLS


async def test_waiting_for_the_limit_is_reported_while_it_lasts(served) -> None:
    served.listens = True

    for _ in range(11):
        await served.call("list_clickpipes")

    assert [message for _, _, message in served.progress] == ["waiting for the API's request limit"]


async def test_a_call_that_fails_after_waiting_says_that_it_waited(served) -> None:
    for _ in range(10):
        await served.call("list_clickpipes")

    refused = error(await served.call("get_clickpipe", clickpipe="nope"))

    assert refused["code"] == "unknown_clickpipe"
    assert ["request limit" in text for text in refused["warnings"]] == [True]


async def test_diagnoses_leave_half_of_the_limit_to_who_waits(served) -> None:
    made = [
        await served.plane.by_somebody_else("POST", PIPES, {**KAFKA, "name": f"orders-{number}"})
        for number in range(6)
    ]
    served.clock.advance(60)
    await served.tools()
    served.plane.arrived.clear()

    async with anyio.create_task_group() as calls:
        for pipe in made:
            calls.start_soon(partial(served.call, "diagnose_clickpipe", clickpipe=pipe["id"]))
        for _ in range(30):
            start = partial(served.call, "start_clickpipe", clickpipe=made[0]["id"], dry_run=True)
            calls.start_soon(start)

    pipes = {f"{PIPES}/{pipe['id']}" for pipe in made}
    limited = [path for path in (one.path for one in served.plane.arrived) if path[-4:] != "/run"]
    looks = [path not in pipes for path in limited]
    starts = [number for number, path in enumerate(limited) if path.endswith(made[0]["id"])]
    assert sum(looks) > 5
    assert max(sum(looks[begin : begin + 10]) for begin in range(starts[29] - 9)) <= 5
