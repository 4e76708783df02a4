"""The API's request limit, kept by several replicas together."""

import time
from collections import Counter
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.cloud.rate_limit import (
    MARGIN_S,
    MOST_WAIT_S,
    REMEMBERED_S,
    REQUESTS,
    WINDOW_S,
    RateLimiter,
)
from clickpipes_mcp.errors import RateLimited
from clickpipes_mcp.store import Limit, StoredTurns

pytestmark = pytest.mark.anyio
LIMIT = Limit(REQUESTS, WINDOW_S + MARGIN_S, REMEMBERED_S)
_AGED = """
UPDATE clickpipes_mcp.request_limits SET
    sent_at = (SELECT coalesce(array_agg(at - {0} ORDER BY nth), '{{}}')
               FROM unnest(sent_at) WITH ORDINALITY AS turn(at, nth)),
    seen = (SELECT coalesce(jsonb_object_agg(who, at::float8 - {0}), '{{}}')
            FROM jsonb_each(seen) AS one(who, at)),
    closed_until = closed_until - {0}
"""


class AgedClock:
    """Time as it passes; who sleeps makes it pass at once, in the store too."""

    def __init__(self, server) -> None:
        self._server = server
        self._ahead_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        await anyio.to_thread.run_sync(self._server.execute, _AGED.format(seconds))
        self._ahead_s += seconds
        await anyio.lowlevel.checkpoint()


@pytest.fixture
def clock(store_server) -> AgedClock:
    return AgedClock(store_server)


async def test_of_all_replicas_together_no_more_have_a_turn_than_the_api_takes(opened) -> None:
    replicas = [StoredTurns(opened(), "one key", LIMIT) for _ in range(3)]
    held: list[float] = []

    async def take(replica: StoredTurns) -> None:
        held.append(await replica.take("somebody"))

    async with anyio.create_task_group() as group:
        for replica in replicas * 8:
            group.start_soon(take, replica)
    assert sorted(held)[:REQUESTS] == [0.0] * REQUESTS
    assert all(WINDOW_S / 2 < wait_s <= LIMIT.window_s for wait_s in sorted(held)[REQUESTS:])
    assert await StoredTurns(opened(), "another key", LIMIT).take("somebody") == 0


async def test_each_caller_has_a_share_whichever_replica_is_asked(opened, clock) -> None:
    first, second = (StoredTurns(opened(), "one key", LIMIT) for _ in range(2))
    assert await second.take("quiet") == 0
    went = [await first.take("flood") == 0 for _ in range(REQUESTS)]
    assert went == [True] * 5 + [False] * 5
    assert [await second.take("quiet") == 0 for _ in range(5)] == [True] * 4 + [False]
    await clock.sleep(REMEMBERED_S + 1)
    assert [await first.take("flood") == 0 for _ in range(11)] == [True] * REQUESTS + [False]


async def test_limiters_of_several_replicas_keep_every_window(opened, clock) -> None:
    replicas = [RateLimiter(clock, StoredTurns(opened(), "one key", LIMIT)) for _ in range(3)]
    went: list[tuple[float, str]] = []

    async def call(limiter: RateLimiter, caller: str) -> None:
        for _ in range(5):
            try:
                await limiter.acquire(caller)
            except RateLimited as refused:
                await clock.sleep(refused.wait_s)
            else:
                went.append((clock.monotonic(), caller))

    async with anyio.create_task_group() as group:
        for number, limiter in enumerate(replicas):
            for caller in (f"own {number}", "everywhere"):
                group.start_soon(call, limiter, caller)
    times = sorted(at for at, _ in went)
    assert len(times) >= 25
    windows = zip(times, times[REQUESTS:], strict=False)
    assert all(later - earlier >= WINDOW_S for earlier, later in windows)
    assert set(Counter(caller for _, caller in went)) == {"everywhere", "own 0", "own 1", "own 2"}


async def test_a_limit_that_is_used_up_at_one_replica_closes_it_for_all(opened, clock) -> None:
    first, second = (RateLimiter(clock, StoredTurns(opened(), "one key", LIMIT)) for _ in range(2))
    await first.close_for(20)
    assert await second.acquire() == pytest.approx(20, abs=1)
    await first.close_for(2 * MOST_WAIT_S)
    with pytest.raises(RateLimited):
        await second.acquire()


async def test_without_the_store_each_replica_keeps_to_the_limit_by_itself(
    opened, store_server
) -> None:
    limiter = RateLimiter(clock := _PlainClock(), StoredTurns(opened(clock), "one key", LIMIT))
    store_server.control("stop")
    try:
        async with anyio.create_task_group() as group:
            for number in range(12):
                group.start_soon(limiter.acquire, f"caller {number}")
        assert clock.slept_s >= WINDOW_S
    finally:
        store_server.control("start")


class _PlainClock(AgedClock):
    """The same without a store in which time could pass."""

    def __init__(self) -> None:
        super().__init__(None)
        self.slept_s = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self._ahead_s += seconds
        await anyio.lowlevel.checkpoint()
