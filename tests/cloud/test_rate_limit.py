from functools import partial

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud.rate_limit import RateLimiter
from clickpipes_mcp.errors import RateLimited

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock():
    return ManualClock()


async def test_the_first_callers_do_not_wait(clock):
    limiter = RateLimiter(clock, requests=3, window_s=10)
    assert [await limiter.acquire() for _ in range(3)] == [0, 0, 0]


async def test_the_next_caller_waits_for_the_window_to_move(clock):
    limiter = RateLimiter(clock, requests=2, window_s=10)
    await limiter.acquire()
    clock.advance(4)
    await limiter.acquire()
    assert await limiter.acquire() == pytest.approx(6)
    assert await limiter.acquire() == pytest.approx(4)


async def test_many_callers_at_once_are_let_through_in_order_and_never_too_many(clock):
    limiter = RateLimiter(clock, requests=10, window_s=10)
    passed: list[tuple[int, float]] = []

    async def call(number: int) -> None:
        await limiter.acquire()
        passed.append((number, clock.monotonic()))

    async with anyio.create_task_group() as calls:
        for number in range(50):
            calls.start_soon(call, number)
    assert [number for number, _ in passed] == list(range(50))
    times = [moment for _, moment in passed]
    assert all(later - earlier >= 10 for earlier, later in zip(times, times[10:], strict=False))


async def test_whoever_would_wait_longer_than_hosts_do_is_told_at_once(clock):
    limiter = RateLimiter(clock, requests=10, window_s=10)
    passed, told = [], []

    async def call(number: int) -> None:
        try:
            await limiter.acquire()
        except RateLimited as refused:
            told.append((number, refused.wait_s))
        else:
            passed.append(number)

    async with anyio.create_task_group() as calls:
        for number in range(70):
            calls.start_soon(call, number)
    assert passed == list(range(60))
    assert told == [(number, 60) for number in range(60, 70)]


async def test_the_wait_for_a_closed_limit_comes_before_the_line(clock):
    limiter = RateLimiter(clock, requests=10, window_s=10)
    limiter.close_for(50)
    outcomes = []

    async def call() -> None:
        try:
            outcomes.append(await limiter.acquire())
        except RateLimited as refused:
            outcomes.append(-refused.wait_s)

    async with anyio.create_task_group() as calls:
        for _ in range(15):
            calls.start_soon(call)
    assert outcomes == [-60] * 5 + [50] * 10


async def test_a_limit_that_is_used_up_elsewhere_closes_it_for_a_while(clock):
    limiter = RateLimiter(clock)
    limiter.close_for(5)
    limiter.close_for(2)
    assert await limiter.acquire() == pytest.approx(5)


async def test_a_caller_that_gives_up_frees_its_place(clock):
    limiter = RateLimiter(clock, requests=1, window_s=10)
    await limiter.acquire()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await limiter.acquire()
    clock.advance(10)
    assert await limiter.acquire() == 0


async def test_who_gives_way_takes_half_of_what_others_wait_for(clock):
    limiter = RateLimiter(clock, requests=10, window_s=10)
    passed: list[tuple[bool, float]] = []

    async def call(modest: bool) -> None:
        await limiter.acquire(gives_way=modest)
        passed.append((modest, clock.monotonic()))

    async with anyio.create_task_group() as calls:
        for number in range(60):
            calls.start_soon(call, number % 3 > 0)
    for _, begin in passed:
        window = [modest for modest, at in passed if begin <= at < begin + 10]
        later = [modest for modest, at in passed if at >= begin + 10 and not modest]
        assert len(window) <= 10
        assert sum(window) <= 5 or not later


async def test_who_gives_way_has_the_whole_window_where_nobody_waits(clock):
    limiter = RateLimiter(clock, requests=10, window_s=10)
    assert [await limiter.acquire(gives_way=True) for _ in range(10)] == [0] * 10
    assert await limiter.acquire(gives_way=True) == 10


async def test_who_gives_way_and_is_cancelled_leaves_the_line_to_others(clock):
    limiter = RateLimiter(clock, requests=2, window_s=10)
    for _ in range(2):
        await limiter.acquire()
    for modest in (True, False):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await limiter.acquire(gives_way=modest)
        assert scope.cancelled_caught
    async with anyio.create_task_group() as calls:
        calls.start_soon(partial(limiter.acquire, gives_way=True))
        calls.start_soon(limiter.acquire)
