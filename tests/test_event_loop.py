"""The watch over the event loop finds a call that computes, and no call that waits."""

import gc
import time

import anyio
import pytest

from clickpipes_mcp.cloud import CloudClient
from tests import event_loop

pytestmark = pytest.mark.anyio


def compute(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


async def test_a_step_that_computes_is_measured() -> None:
    with event_loop.watched() as seen:
        await anyio.lowlevel.checkpoint()
        compute(0.05)
        await anyio.lowlevel.checkpoint()
    assert 0.05 <= seen.longest_s < event_loop.MOST_S


async def test_waiting_is_not_computing() -> None:
    with event_loop.watched() as seen:
        await anyio.sleep(0.05)
    assert seen.longest_s < 0.05


async def test_one_that_stops_watching_takes_nothing_from_the_others() -> None:
    with event_loop.watched() as outer:
        with event_loop.watched() as inner:
            await anyio.lowlevel.checkpoint()
        for _ in range(4):
            compute(0.05)
            await anyio.lowlevel.checkpoint()
    assert inner.longest_s < 0.05 <= outer.longest_s < 0.15


async def test_collecting_garbage_is_nobodys_computing() -> None:
    kept = [[[] for _ in range(100)] for _ in range(3_000)]
    began = time.thread_time()
    with event_loop.watched() as seen:
        gc.collect()
    assert seen.longest_s < (time.thread_time() - began) / 2
    assert kept


async def test_a_call_that_holds_the_event_loop_is_found(serve, monkeypatch) -> None:
    async def busy(*_: object) -> list[object]:
        compute(0.5)
        return []

    server = await serve()
    monkeypatch.setattr(CloudClient, "services", busy)
    # What is too long is multiplied by how slow the machine is: far less than a hundred times.
    monkeypatch.setattr(event_loop, "MOST_S", 0.001)
    with pytest.raises(AssertionError, match=r"computed for (0\.[5-9]|[1-9]).* without awaiting"):
        await server.call("list_services")
