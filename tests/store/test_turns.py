"""The API's request limit, kept by several replicas together."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import replica_turns
from clickpipes_mcp.cloud.rate_limit import (
    MARGIN_S,
    MOST_WAIT_S,
    REMEMBERED_S,
    REQUESTS,
    WINDOW_S,
    RateLimiter,
)
from clickpipes_mcp.cloud.replica_turns import LATE_S, ReplicaTurns
from clickpipes_mcp.errors import RateLimited
from clickpipes_mcp.store import Database, Limit, StoredTurns, Turn
from tests.checks.postgres_server import PostgresServer
from tests.faults.processes import NEVER_S, until

pytestmark = pytest.mark.anyio
LIMIT = Limit(REQUESTS, WINDOW_S + MARGIN_S, REMEMBERED_S)
LASTING = Limit(REQUESTS, NEVER_S, NEVER_S)
"""One whose windows are over when a test says so, and never because the machine is busy."""

_WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
_AGED = """
UPDATE clickpipes_mcp.request_limits SET
    sent_at = (SELECT coalesce(array_agg(at - {0} ORDER BY nth), '{{}}')
               FROM unnest(sent_at) WITH ORDINALITY AS turn(at, nth)),
    seen = (SELECT coalesce(jsonb_object_agg(who, at::float8 - {0}), '{{}}')
            FROM jsonb_each(seen) AS one(who, at)),
    closed_until = closed_until - {0}
"""
_SEEN_LONG_AGO = """
UPDATE clickpipes_mcp.request_limits SET
    replicas = (SELECT jsonb_object_agg(id, at::float8 - {0})
                FROM jsonb_each(replicas) AS one(id, at))
"""


class AgedClock:
    """Time as it passes; who sleeps makes it pass at once, in the store too."""

    def __init__(self, server) -> None:
        self._server = server
        self._ahead_s = 0.0
        self.still = anyio.Lock()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        async with self.still:
            await anyio.to_thread.run_sync(self._server.execute, _AGED.format(seconds))
            self._ahead_s += seconds
        await anyio.lowlevel.checkpoint()

    def pass_by(self, seconds: float) -> None:
        """Time passes here, and nobody can tell the store."""
        self._ahead_s += seconds


@pytest.fixture
def clock(store_server) -> AgedClock:
    return AgedClock(store_server)


async def goes(turns: StoredTurns, caller: str) -> bool:
    return (await turns.take(caller)).held_s <= 0


class PromptTurns(StoredTurns):
    """Turns during which nobody makes time pass.

    `had` is when each was asked for and when it was had: between these it was taken.
    """

    def __init__(self, clock: AgedClock, database: Database) -> None:
        super().__init__(database, "one key", LIMIT)
        self._clock = clock
        self.had: list[tuple[float, float]] = []

    async def take(self, caller: str, spent_s: Sequence[float] = ()) -> Turn:
        async with self._clock.still:
            asked_at = self._clock.monotonic()
            turn = await super().take(caller, spent_s)
            if turn.held_s <= 0:
                self.had.append((asked_at, self._clock.monotonic()))
            return turn


def replica(clock: Clock, database: Database) -> ReplicaTurns:
    """The turns of one replica."""
    return ReplicaTurns(clock, StoredTurns(database, "one key", LASTING))


def limited(clock: AgedClock, turns: StoredTurns) -> RateLimiter:
    """That of one replica."""
    return RateLimiter(clock, ReplicaTurns(clock, turns))


def sent(server: PostgresServer) -> list[float]:
    """When turns were taken, as the store knows them."""
    with server.connected() as connection:
        (row,) = connection.execute("SELECT sent_at FROM clickpipes_mcp.request_limits")
    return list(row[0])


async def test_of_all_replicas_together_no_more_have_a_turn_than_the_api_takes(opened) -> None:
    replicas = [StoredTurns(opened(), "one key", LASTING) for _ in range(3)]
    held: list[float] = []

    async def take(replica: StoredTurns) -> None:
        held.append((await replica.take("somebody")).held_s)

    async with anyio.create_task_group() as group:
        for replica in replicas * 8:
            group.start_soon(take, replica)
    assert sorted(held)[:REQUESTS] == [0.0] * REQUESTS
    assert all(0 < wait_s <= LASTING.window_s for wait_s in sorted(held)[REQUESTS:])
    assert await goes(StoredTurns(opened(), "another key", LASTING), "somebody")


async def test_each_caller_has_a_share_whichever_replica_is_asked(opened, clock) -> None:
    first, second = (StoredTurns(opened(), "one key", LASTING) for _ in range(2))
    assert await goes(second, "quiet")
    went = [await goes(first, "flood") for _ in range(REQUESTS)]
    assert went == [True] * 5 + [False] * 5
    assert [await goes(second, "quiet") for _ in range(5)] == [True] * 4 + [False]
    await clock.sleep(LASTING.remembered_s + 1)
    assert [await goes(first, "flood") for _ in range(11)] == [True] * REQUESTS + [False]


async def test_limiters_of_several_replicas_keep_every_window(opened, clock) -> None:
    turns = [PromptTurns(clock, opened()) for _ in range(3)]
    went: list[str] = []

    async def call(limiter: RateLimiter, caller: str) -> None:
        for _ in range(5):
            try:
                await limiter.acquire(caller)
            except RateLimited as refused:
                await clock.sleep(refused.wait_s)
            else:
                went.append(caller)

    async with anyio.create_task_group() as group:
        for number, limiter in enumerate([limited(clock, one) for one in turns]):
            for caller in (f"own {number}", "everywhere"):
                group.start_soon(call, limiter, caller)
    had = [times for one in turns for times in one.had]
    assert len(had) >= len(went) >= 2 * REQUESTS
    earliest, latest = (sorted(times) for times in zip(*had, strict=True))
    windows = zip(earliest, latest[REQUESTS:], strict=False)
    assert all(end - beginning >= LIMIT.window_s for beginning, end in windows)
    assert set(went) == {"everywhere", "own 0", "own 1", "own 2"}


async def test_a_limit_that_is_used_up_at_one_replica_closes_it_for_all(opened, clock) -> None:
    first, second = (limited(clock, PromptTurns(clock, opened())) for _ in range(2))
    await first.close_for(MOST_WAIT_S - 1)
    assert WINDOW_S < await second.acquire() < MOST_WAIT_S
    await first.close_for(2 * MOST_WAIT_S)
    with pytest.raises(RateLimited):
        await second.acquire()


@pytest.fixture
def lost(store_server, monkeypatch) -> Callable[[], AbstractContextManager[None]]:
    """Has the store answer nobody for a while, at once and without a restart."""
    monkeypatch.setattr(replica_turns, "_LOST_FOR_S", LASTING.window_s / 2)

    @contextmanager
    def lost() -> Iterator[None]:
        store_server.execute("ALTER SCHEMA clickpipes_mcp RENAME TO elsewhere")
        try:
            yield
        finally:
            store_server.execute("ALTER SCHEMA elsewhere RENAME TO clickpipes_mcp")

    return lost


async def test_replicas_that_lost_the_store_wait_for_a_window_and_keep_to_their_shares(
    opened, clock, lost, store_server
) -> None:
    replicas = [replica(clock, opened(clock)) for _ in range(3)]
    for one in (*replicas, *replicas):  # once more, to learn of each other
        assert await one.take("somebody") == 0
    with lost():
        for _ in range(3):
            assert all([await one.take("somebody") > 0 for one in replicas])
            clock.pass_by(LASTING.window_s / 3)
        alone = [[await one.take("somebody") == 0 for _ in range(5)] for one in replicas]
        assert alone == [[True] * 3 + [False] * 2] * 3
    went = [await one.take("somebody") == 0 for one in replicas]
    assert [await one.take("somebody") == 0 for one in replicas] == [False] * 3
    assert len(sent(store_server)) == 6 + 3 * 3 + went.count(True)


async def test_who_never_heard_of_the_others_takes_the_least(opened, clock, lost) -> None:
    new = replica(clock, opened(clock))
    with lost():
        for wait_s in (0, LASTING.window_s, *[LASTING.window_s / 3] * 2):
            clock.pass_by(wait_s)  # after long without a look it may have been back
            assert await new.take("somebody") > 0
        clock.pass_by(LASTING.window_s / 3)
        assert [await new.take("somebody") == 0 for _ in range(3)] == [True, False, False]


async def test_after_a_restart_nobody_goes_while_others_may_have_gone_alone(
    opened, store_server
) -> None:
    database = opened()
    turns = [StoredTurns(database, "one key", LASTING) for _ in range(2)]
    assert await goes(turns[0], "somebody")
    store_server.control("restart")
    assert await goes(StoredTurns(opened(), "one key", LASTING), "soon after")
    store_server.execute(_SEEN_LONG_AGO.format(LASTING.window_s + 1))
    store_server.control("restart")
    held = await StoredTurns(opened(), "one key", LASTING).take("long after")
    assert 0 < held.held_s <= LASTING.window_s


async def test_a_store_that_is_slow_lets_each_turn_be_used_and_count_from_then_on(
    opened, store_server
) -> None:
    """Each look finds its row locked for longer than a turn may be late."""
    turns = replica(SystemClock(), opened())
    assert await turns.take("somebody") == 0
    await turns.settle()  # even this one may have been late
    with store_server.connected(autocommit=False) as slow, store_server.connected() as looking:

        def is_waited_for() -> bool:
            return looking.execute(_WAITING).rowcount > 0

        for number in range(2, 4):
            slow.execute("SELECT FROM clickpipes_mcp.request_limits FOR UPDATE")
            async with anyio.create_task_group() as group:
                group.start_soon(turns.take, "somebody")
                await anyio.to_thread.run_sync(until, is_waited_for, "one who waits for the row")
                await anyio.sleep(LATE_S)
                slow.commit()
            taken = sent(store_server)
            assert len(taken) == number
            await turns.settle()
            counted = sent(store_server)
            assert counted[:-1] == taken[:-1]
            assert counted[-1] > taken[-1]
