import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import Patience, listening, on_behalf_of, open_client
from clickpipes_mcp.cloud.patience import caller
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
    Fault,
    SimulatorOptions,
    build_simulator,
)
from tests.serving import KAFKA

pytestmark = pytest.mark.anyio
KEY = {"key_id": "example-key", "key_secret": "example-secret"}


def simulated(clock: ManualClock, *faults: Fault, **settings: object):
    app = build_simulator(SimulatorOptions(rate_limit=True, faults=faults), clock)
    return open_client(load_settings({}, **KEY, **settings), clock, asgi_app=app)


def test_short_waits_are_not_worth_a_note():
    assert Patience(limited_s=0.9).notes() == []


def test_whoever_is_called_for_is_known_within_the_block_alone():
    with on_behalf_of("alice"), on_behalf_of("bob"):
        assert caller() == "bob"
    assert caller() == ""


async def test_waiting_for_the_request_limit_is_noted_once_for_the_whole_call(clock):
    patience = Patience()
    async with simulated(clock) as client:
        with listening(patience):
            for _ in range(21):
                await client.pipes(DEFAULT_SERVICE_ID)
    assert patience.notes() == ["This call waited 21 s for the API's request limit."]


async def test_waiting_after_a_429_is_noted(clock):
    patience = Patience()
    fault = Fault(kind="status", status=429, seconds=5, times=1)
    async with simulated(clock, fault) as client:
        with listening(patience):
            await client.pipes(DEFAULT_SERVICE_ID)
    assert patience.limited_s >= 5


async def test_each_caller_hears_of_its_own_waiting_only(clock):
    notes: list[list[str]] = []

    async def call(client) -> None:
        with listening(Patience()) as patience:
            await client.pipes(DEFAULT_SERVICE_ID)
        notes.append(patience.notes())

    async with simulated(clock) as client:
        await client.pipes(DEFAULT_SERVICE_ID)
        async with anyio.create_task_group() as calls:
            for _ in range(10):
                calls.start_soon(call, client)
    assert sum(bool(note) for note in notes) == 2


async def test_waking_a_service_is_told_while_it_lasts(clock):
    heard: list[str] = []

    async def hear(message: str) -> None:
        heard.append(message)

    async with simulated(clock, wake_service=True) as client:
        with listening(Patience(hear)):
            await client.send((await client.requests()).create_pipe(IDLE_SERVICE_ID, KAFKA))
    assert heard == [
        "the service is idle, waking it",
        "the service is awaking, 0 s",
        "the service is awaking, 5 s",
    ]


async def test_nobody_has_to_listen(clock):
    async with simulated(clock, wake_service=True) as client:
        assert await client.send((await client.requests()).create_pipe(IDLE_SERVICE_ID, KAFKA))
