"""What may take the answer of an equal read on its way, and what never does."""

import anyio
import pytest

from clickpipes_mcp.cloud import Pipe, PipeLine, sharing_reads
from clickpipes_mcp.cloud.flights import Flights
from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.cloud.requests import Requests, list_organizations
from clickpipes_mcp.errors import RefusedByApi, UnknownPipe
from tests.cloud.conftest import ORGANIZATION, PIPE, SERVICE

pytestmark = pytest.mark.anyio
READ = Requests(ORGANIZATION).get_pipe(SERVICE, PIPE)


class Sender:
    """Sends nothing: every sending is counted, and lasts until it is let go."""

    def __init__(self) -> None:
        self.sent = 0
        self.go = anyio.Event()

    async def __call__(self) -> Reply:
        self.sent += 1
        number = self.sent
        await self.go.wait()
        return Reply(number)


async def read_at_once(client, callers: int = 3, *, allowed: bool = True) -> list[object]:
    answers: list[object] = []

    async def read() -> None:
        with sharing_reads(allowed=allowed):
            try:
                answers.append(await client.pipe(SERVICE, PIPE))
            except (RefusedByApi, UnknownPipe) as error:
                answers.append(error)

    async with anyio.create_task_group() as calls:
        for _ in range(callers):
            calls.start_soon(read)
    return answers


async def test_equal_reads_at_one_time_are_one_request_where_that_is_allowed(connect, recorded_api):
    async with connect() as client:
        first, *others = await read_at_once(client)
        assert others == [first, first]
        assert len(recorded_api.requests) == 1

        await read_at_once(client)
        assert len(recorded_api.requests) == 2, "an answer is never kept"

        await read_at_once(client, allowed=False)
        assert len(recorded_api.requests) == 5


async def test_a_failure_is_everybodys_and_each_has_an_error_of_ones_own(connect, recorded_api):
    recorded_api.standing = recorded_api.error(404, "NOT_FOUND: no such thing")
    async with connect() as client:
        errors = await read_at_once(client)

    assert len(recorded_api.requests) == 1
    assert len(set(map(id, errors))) == 3
    assert len({(type(one), str(one), one.fix, one.request_id) for one in errors}) == 1
    errors[0].next_actions = ("changed",)
    assert errors[1].next_actions != ("changed",) != errors[2].next_actions


async def test_a_write_shares_nothing_and_ends_what_may_be_shared(connect, recorded_api):
    flights = Flights()
    before = Sender()
    after = Sender()
    after.go.set()
    async with connect() as client, anyio.create_task_group() as calls:
        client._transport._flights = flights
        calls.start_soon(flights.join, READ, before)
        await anyio.wait_all_tasks_blocked()
        with sharing_reads(allowed=True):
            for _ in range(2):
                await client.send((await client.requests()).set_pipe_state(SERVICE, PIPE, "start"))
        assert [request.method for request in recorded_api.requests] == ["PATCH", "PATCH"]
        assert await flights.join(READ, after) == Reply(1)
        assert (before.sent, after.sent) == (1, 1)
        before.go.set()


async def test_what_leads_elsewhere_is_a_request_of_its_own():
    flights, read, other = Flights(), Sender(), Sender()
    other.go.set()
    async with anyio.create_task_group() as calls:
        calls.start_soon(flights.join, READ, read)
        await anyio.wait_all_tasks_blocked()
        await flights.join(list_organizations(), other)
        await flights.join(Requests(ORGANIZATION).get_pipe(SERVICE, SERVICE), other)
        read.go.set()
    assert (read.sent, other.sent) == (1, 2)


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_a_caller_who_goes_away_takes_nobody_along(gone):
    flights, send = Flights(), Sender()
    scopes = [anyio.CancelScope() for _ in range(3)]
    answers: dict[int, Reply] = {}

    async def read(number: int) -> None:
        with scopes[number]:
            answers[number] = await flights.join(READ, send)

    async with anyio.create_task_group() as calls:
        for number in range(3):
            calls.start_soon(read, number)
            await anyio.wait_all_tasks_blocked()
        scopes[gone].cancel()
        await anyio.wait_all_tasks_blocked()
        send.go.set()

    # Who had asked first is the one who sent: then another of them sends, once.
    sent = 2 if gone == 0 else 1
    assert send.sent == sent
    assert answers == {number: Reply(sent) for number in range(3) if number != gone}


async def test_who_glances_at_a_list_and_who_reads_it_do_not_share(connect, recorded_api):
    item = {"id": PIPE, "name": "x" * 40_000}
    recorded_api.standing = recorded_api.result([item])
    listed: list[list[Pipe] | list[PipeLine]] = []

    async with connect() as client:

        async def read(look) -> None:
            with sharing_reads(allowed=True):
                listed.append(await look(SERVICE))

        async with anyio.create_task_group() as calls:
            for look in (client.pipes, client.pipe_lines) * 2:
                calls.start_soon(read, look)

    assert len(recorded_api.requests) == 2
    assert {type(one) for pipes in listed for one in pipes} == {Pipe, PipeLine}
    assert len({one.sent.name for pipes in listed for one in pipes}) == 1
