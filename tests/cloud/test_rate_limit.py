import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud.rate_limit import RateLimiter
from clickpipes_mcp.errors import RateLimited
from tests import figures

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
    await limiter.close_for(50)
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
    await limiter.close_for(5)
    await limiter.close_for(2)
    assert await limiter.acquire() == pytest.approx(5)


async def test_a_caller_that_gives_up_frees_its_place(clock):
    limiter = RateLimiter(clock, requests=1, window_s=10)
    await limiter.acquire()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await limiter.acquire()
    clock.advance(10)
    assert await limiter.acquire() == 0


class Timetable(ManualClock):
    """Time for many who sleep at once: it moves to the next who wakes, when all are asleep."""

    def __init__(self) -> None:
        super().__init__()
        self._alarms: list[tuple[float, int, anyio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        alarm = anyio.Event()
        heapq.heappush(self._alarms, (self.monotonic() + seconds, id(alarm), alarm))
        await alarm.wait()

    async def run(self, until_s: float) -> None:
        while True:
            for _ in range(10):  # everybody who was woken goes to sleep again
                await anyio.lowlevel.checkpoint()
            if not self._alarms or self._alarms[0][0] > until_s:
                return
            at, _, alarm = heapq.heappop(self._alarms)
            self.advance(max(at - self.monotonic(), 0))
            alarm.set()


@dataclass
class Traffic:
    """Who went when, and for how long each of their requests had waited."""

    clock: Timetable
    limiter: RateLimiter
    went: list[tuple[float, str]] = field(default_factory=list)
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def call(self, caller: str) -> None:
        try:
            self.waits[caller].append(await self.limiter.acquire(caller))
        except RateLimited as refused:
            await self.clock.sleep(refused.wait_s)
        else:
            self.went.append((self.clock.monotonic(), caller))

    async def call_again_and_again(self, caller: str, begins_s: float, every_s: float) -> None:
        await self.clock.sleep(begins_s)
        while True:
            await self.call(caller)
            await self.clock.sleep(every_s)


async def traffic(floods: int, quiet: int, lasting_s: float = 300.0) -> Traffic:
    """So many floods of eight calls at any time, and callers who call once in eleven seconds."""
    clock = Timetable()
    seen = Traffic(clock, RateLimiter(clock, requests=10, window_s=10))
    async with anyio.create_task_group() as callers:
        for number in range(quiet):
            callers.start_soon(seen.call_again_and_again, f"quiet {number}", number, 11.0)
        for number in range(floods * 8):
            callers.start_soon(seen.call_again_and_again, f"flood {number // 8}", 20.0, 0.01)
        await clock.run(lasting_s)
        callers.cancel_scope.cancel()
    return seen


def waited(seen: Traffic, who: str) -> list[float]:
    return sorted(wait for caller, waits in seen.waits.items() if who in caller for wait in waits)


async def test_who_floods_waits_and_the_others_do_not(record_property):
    alone, flooded = await traffic(0, 9), await traffic(1, 9)

    p95_s = []
    for seen in (alone, flooded):
        waits = waited(seen, "quiet")
        assert len(waits) >= 9 * 25
        p95_s.append(waits[int(len(waits) * 0.95)])
    told = {
        "p95 of nine quiet callers' waits in s, alone": p95_s[0],
        "p95 of the same beside one who floods": p95_s[1],
        "longest wait of who floods": f"{waited(flooded, 'flood')[-1]:.1f}",
    }
    record_property(figures.PROPERTY, ("shares of one key", told))
    assert p95_s == [0, 0]
    assert waited(flooded, "flood")[-1] > 9
    times = [at for at, _ in flooded.went]
    assert all(later - earlier >= 10 for earlier, later in zip(times, times[10:], strict=False))
    assert Counter(caller for _, caller in flooded.went)["flood 0"] >= 25


async def test_several_who_flood_share_alike_and_use_all_there_is():
    seen = await traffic(3, 0)

    went = Counter(caller for _, caller in seen.went)
    assert max(went.values()) <= 1.5 * min(went.values())
    assert sum(went.values()) >= 0.95 * 280


async def test_more_callers_than_requests_all_have_a_turn():
    seen = await traffic(0, 25)

    assert len(seen.waits) == 25
    assert all(len(waits) >= 9 for waits in seen.waits.values())
    assert max(waited(seen, "quiet")) <= 30


async def test_a_share_is_kept_for_half_a_minute_and_then_anybodys():
    clock = Timetable()
    seen = Traffic(clock, RateLimiter(clock, requests=10, window_s=10))
    async with anyio.create_task_group() as callers:
        callers.start_soon(seen.call, "once")
        for _ in range(8):
            callers.start_soon(seen.call_again_and_again, "flood", 1.0, 0.01)
        await clock.run(100)
        callers.cancel_scope.cancel()

    in_a_window = Counter(int(at // 10) for at, who in seen.went if who == "flood")
    assert in_a_window[1] == 5
    assert in_a_window[7] == 10


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
