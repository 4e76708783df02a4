"""Calls are waited for at the end, and then cancelled."""

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.calls import CallsUnderWay
from tests.faults.processes import NEVER_S, PATIENCE_S

pytestmark = pytest.mark.anyio


async def test_with_no_call_under_way_the_end_comes_at_once():
    calls = CallsUnderWay()
    with anyio.fail_after(PATIENCE_S):
        await calls.end(NEVER_S)
    assert not calls.is_any_under_way


async def test_the_end_waits_for_calls_that_finish():
    calls, finished = CallsUnderWay(), anyio.Event()
    told = []

    async def call(name: str) -> None:
        with calls.counted():
            await finished.wait()
            told.append(name)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, "a")
        tasks.start_soon(call, "b")
        await anyio.wait_all_tasks_blocked()
        assert calls.is_any_under_way
        tasks.start_soon(calls.end, NEVER_S)
        await anyio.wait_all_tasks_blocked()
        finished.set()
    assert sorted(told) == ["a", "b"]


async def test_calls_that_do_not_finish_are_left_early_and_may_clean_up():
    calls, told = CallsUnderWay(), []

    async def call() -> None:
        with calls.counted():
            try:
                await anyio.sleep_forever()
            finally:
                told.append("cleaned up")
            told.append("never")  # pragma: no cover
        told.append("answered")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        await calls.end(0)
    assert told == ["cleaned up", "answered"]


async def test_a_call_that_comes_too_late_is_left_at_its_first_wait():
    calls = CallsUnderWay()
    await calls.end(0)
    with calls.counted():
        await anyio.lowlevel.checkpoint()
        raise AssertionError("it went on")  # pragma: no cover
    assert not calls.is_any_under_way


async def test_a_cancellation_from_outside_is_not_swallowed():
    calls = CallsUnderWay()
    with anyio.CancelScope() as outside:
        with calls.counted():
            outside.cancel()
            await anyio.lowlevel.checkpoint()
        raise AssertionError("it went on")  # pragma: no cover
    assert outside.cancelled_caught
