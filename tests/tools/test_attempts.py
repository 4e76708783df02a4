"""Two servers that share a journal: whose line stands first sends, the other looks."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import anyio
import pytest

from clickpipes_mcp.app import App
from clickpipes_mcp.argument_form import NormalForm
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import open_client
from clickpipes_mcp.consent import ConfirmationTokens
from clickpipes_mcp.errors import NobodyYet
from clickpipes_mcp.journal import Journal, JournalEntry
from clickpipes_mcp.private_endpoints import EXAMPLES
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    Fault,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.attempts import (
    UNANSWERED_SETTLES_S,
    closed_attempts,
    find_made_by_another,
    open_attempts,
    settles_in_s,
    yield_to_others,
)
from clickpipes_mcp.tools.creating.adoption import WantedPipe
from clickpipes_mcp.tools.creating.creation import create_tool
from clickpipes_mcp.tools.record import Call
from tests.serving import KAFKA, PIPES, Served, error, facts
from tests.tools.network.endpoints import ENDPOINTS

pytestmark = pytest.mark.anyio

TOOLSETS = {"toolsets": ("create", "pipes", "network")}
SOURCE = SOURCES[0]
TOOL = create_tool(SOURCE)
WANTED = WantedPipe(DEFAULT_SERVICE_ID, "orders", {}, SOURCE, "orders")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


Place: TypeAlias = Callable[[ManualClock], Journal]


@pytest.fixture(params=["files", "store"])
def place(request, path) -> Place:
    """Where a journal is that several processes, or replicas, share."""
    if request.param == "files":
        return partial(Journal, path)
    return request.getfixturevalue("stored_journal")


class Process:
    """A server process in the middle of a call that creates a pipe."""

    def __init__(self, place: Place) -> None:
        self.clock = ManualClock()
        self.journal = place(self.clock)
        settings, simulator = load_settings({}), build_simulator(SimulatorOptions(), self.clock)
        client = open_client(settings, self.clock, asgi_app=simulator)
        self.call: Call[Any] = Call(
            App(settings, client, self.clock, self.journal),
            TOOL,
            TOOL.arguments.model_validate(SOURCE.example),
            NormalForm(),
            ConfirmationTokens(self.clock),
        )

    async def announce(self, name: str = "orders", **facts: str) -> JournalEntry:
        known = {"operation": "create", "service_id": DEFAULT_SERVICE_ID, "name": name}
        return await self.journal.announce(tool="a tool", **known | facts)

    async def yield_to_others(
        self, intent: JournalEntry, closed: frozenset[JournalEntry] = frozenset()
    ) -> bool:
        return await yield_to_others(self.call, WANTED, intent, closed)


def outcomes(path: Any) -> list[str]:
    return [json.loads(line).get("outcome", "intent") for line in path.read_text().splitlines()]


async def test_of_two_that_announce_the_same_the_second_gives_way(place) -> None:
    one, other = Process(place), Process(place)
    first = await one.announce()
    second = await other.announce()

    assert [await other.yield_to_others(second), await one.yield_to_others(first)] == [True, False]


async def test_an_attempt_that_gave_way_is_not_waited_for(place) -> None:
    one, other, third = (Process(place) for _ in range(3))
    first = await one.announce()
    await other.yield_to_others(await other.announce())

    await third.journal.catch_up()
    told = [entry.outcome or "intent" for entry in third.journal.entries()]
    assert told == ["intent", "intent", "yielded"]
    assert open_attempts(third.call, WANTED) == [first]


OTHERS = {
    "at another name": {"name": "payments"},
    "in another service": {"service_id": "33333333-3333-4333-8333-333333333333"},
    "at something else": {"operation": "delete"},
}


@pytest.mark.parametrize("facts", OTHERS.values(), ids=OTHERS)
async def test_an_attempt_at_something_else_is_nothing_to_give_way_to(place, facts) -> None:
    one, other = Process(place), Process(place)
    await one.announce(**facts)

    assert not await other.yield_to_others(await other.announce())


ENDS = {"unknown": True, "done": True, "adopted": True, "refused_by_api": False, "yielded": False}


@pytest.mark.parametrize(("end", "gives"), ENDS.items(), ids=ENDS)
async def test_what_ended_meanwhile_counts_unless_it_came_to_nothing(place, end, gives) -> None:
    one, other = Process(place), Process(place)
    await other.journal.catch_up()
    closed = closed_attempts(other.call, WANTED)
    await one.journal.conclude(await one.announce(), end)

    assert await other.yield_to_others(await other.announce(), closed) is gives


async def test_what_had_ended_before_it_was_looked_is_nothing_to_give_way_to(place) -> None:
    one, other = Process(place), Process(place)
    await one.journal.conclude(await one.announce(), "done")
    await other.journal.catch_up()
    closed = closed_attempts(other.call, WANTED)

    assert not await other.yield_to_others(await other.announce(), closed)


async def test_what_was_taken_for_absent_and_then_answered_counts(place) -> None:
    one, other = Process(place), Process(place)
    intent = await one.announce()
    await other.journal.conclude(intent, "absent")
    await other.journal.catch_up()
    closed = closed_attempts(other.call, WANTED)
    await one.journal.conclude(intent, "done")

    assert await other.yield_to_others(await other.announce(), closed)


async def test_an_own_attempt_that_was_closed_is_nothing_to_give_way_to(place) -> None:
    process = Process(place)
    await process.journal.conclude(
        await process.journal.conclude(await process.announce(), "unknown"), "absent"
    )

    assert not await process.yield_to_others(await process.announce())


async def test_without_a_file_nobody_gives_way() -> None:
    process = Process(partial(Journal, None))
    await process.announce()

    assert not await process.yield_to_others(await process.announce())


async def nothing() -> None:
    return None


async def test_one_that_was_killed_before_it_sent_is_waited_for_as_for_a_lost_answer(place) -> None:
    killed, other = Process(place), Process(place)
    await killed.announce()
    assert await other.yield_to_others(await other.announce())

    with pytest.raises(NobodyYet, match=r"has no answer yet\. It may still take effect") as refusal:
        await find_made_by_another(other.call, WANTED, nothing)

    assert "255 s from now at the latest" in refusal.value.fix
    assert other.clock.monotonic() == 45


async def test_one_that_is_refused_while_it_is_waited_for_ends_the_wait(place) -> None:
    one, other = Process(place), Process(place)
    first = await one.announce()
    assert await other.yield_to_others(await other.announce())
    looks = 0

    async def refused_at_the_first_look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            await one.journal.conclude(first, "refused_by_api")

    with pytest.raises(NobodyYet, match="It is not there") as refusal:
        await find_made_by_another(other.call, WANTED, refused_at_the_first_look)

    assert refusal.value.fix.startswith("Repeat the call unchanged. It adopts the pipe")
    assert other.clock.monotonic() < 2


@pytest.mark.parametrize("look", range(1, 4))
async def test_one_that_is_answered_right_after_a_look_is_looked_for_once_more(place, look) -> None:
    one, other = Process(place), Process(place)
    first = await one.announce()
    assert await other.yield_to_others(await other.announce())
    looks = 0

    async def made_after_a_look() -> str | None:
        nonlocal looks
        looks += 1
        if looks == look:
            await one.journal.conclude(first, "done")
        return "the pipe" if looks > look else None

    assert await find_made_by_another(other.call, WANTED, made_after_a_look) == "the pipe"


async def test_one_that_was_answered_before_it_was_given_way_to_is_found_at_once(place) -> None:
    one, other = Process(place), Process(place)
    await one.journal.conclude(await one.announce(), "done")
    assert await other.yield_to_others(await other.announce())

    async def made() -> str:
        return "the pipe"

    assert await find_made_by_another(other.call, WANTED, made) == "the pipe"
    assert other.clock.monotonic() == 0


async def test_an_attempt_that_begins_during_the_wait_is_not_taken_for_absent(place) -> None:
    killed, other, third = (Process(place) for _ in range(3))
    await killed.announce()
    assert await other.yield_to_others(await other.announce())
    other.clock.advance(290)
    begun: list[Any] = []

    async def another_begins() -> None:
        if not begun:
            third.clock.advance(290)
            begun.append(await third.announce())

    with pytest.raises(NobodyYet, match="may still take effect"):
        await find_made_by_another(other.call, WANTED, another_begins)

    assert begun[0] in open_attempts(other.call, WANTED)


class OutOfDate:
    """A way to a control plane on which the first list is long: what it says has changed since."""

    def __init__(self, app: Any, path: str, meanwhile: Any) -> None:
        self.app, self.state, self._path = app, app.state, path
        self._meanwhile: list[Any] = [meanwhile]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said: list[Any] = []

        async def hold(message: Any) -> None:
            said.append(message)

        await self.app(scope, receive, hold)
        if scope["path"] == self._path and self._meanwhile:
            await self._meanwhile.pop()()
        for message in said:
            await send(message)


@dataclass(frozen=True)
class Creation:
    """A call that creates something, and one that would make it differently."""

    tool: str
    wanted: dict[str, Any]
    different: dict[str, Any]
    listed: str
    noun: str


RESOURCE = dict(EXAMPLES["VPC_RESOURCE"])
CREATIONS = {
    "pipe": Creation(
        "create_kafka_clickpipe",
        KAFKA,
        KAFKA | {"destination": KAFKA["destination"] | {"table": "another_table"}},
        PIPES,
        "clickpipe",
    ),
    "endpoint": Creation(
        "create_private_endpoint",
        RESOURCE,
        RESOURCE | {"description": "another"},
        ENDPOINTS,
        "endpoint",
    ),
}


@pytest.fixture(params=CREATIONS.values(), ids=CREATIONS)
def creation(request) -> Any:
    return request.param


async def two_servers(serve: Any, path: Any, **options: Any) -> tuple[Served, Served]:
    """Two servers, each with its own way to one control plane."""
    settings = {**TOOLSETS, "journal": path, "consent": "dangerously-off"}
    one = await serve(**settings, **options)
    other = await serve(**settings)
    other.plane.app = one.plane.app
    return one, other


def meanwhile(one: Served, other: Served, creation: Creation, **arguments: Any) -> list[Any]:
    """Let one create after the other has looked and before it hears; what came of it."""
    results: list[Any] = []

    async def create() -> None:
        results.append(await one.call(creation.tool, **(arguments or creation.wanted)))

    other.plane.app = OutOfDate(one.plane.app, creation.listed, create)
    return results


async def test_what_another_server_made_since_the_list_is_adopted(serve, path, creation) -> None:
    one, other = await two_servers(serve, path)
    results = meanwhile(one, other, creation)

    adopted = facts(await other.call(creation.tool, **creation.wanted))

    assert "was adopted" in adopted["summary"]
    assert "Another server process created it at the same moment." in adopted["warnings"]
    assert adopted[creation.noun]["id"] == facts(results[0])[creation.noun]["id"]
    assert (len(one.plane.writes), len(other.plane.writes)) == (1, 0)
    assert outcomes(path) == ["intent", "done", "intent", "yielded"]


async def test_what_another_server_made_differently_since_the_list_is_a_conflict(
    serve, path, creation
) -> None:
    one, other = await two_servers(serve, path)
    meanwhile(one, other, creation, **creation.different)

    refusal = error(await other.call(creation.tool, **creation.wanted))

    assert refusal["code"] == "conflict"
    assert "is set up differently in" in refusal["problem"]
    assert refusal["problem"].endswith(". Nothing was sent.")
    assert (len(one.plane.writes), len(other.plane.writes)) == (1, 0)


async def test_what_another_server_was_refused_since_the_list_is_sent(
    serve, path, creation
) -> None:
    refused = Fault(kind="status", method="POST", status=400, times=1)
    one, other = await two_servers(serve, path, simulator={"faults": (refused,)})
    meanwhile(one, other, creation)

    made = facts(await other.call(creation.tool, **creation.wanted))

    assert made["summary"].startswith("Created")
    assert (len(one.plane.writes), len(other.plane.writes)) == (1, 1)
    assert outcomes(path) == ["intent", "refused_by_api", "intent", "done"]


async def test_two_calls_at_once_make_one_also_without_a_journal(serve, creation) -> None:
    served = await serve(**TOOLSETS)
    results: list[Any] = []

    async def create() -> None:
        results.append(facts(await served.call(creation.tool, **creation.wanted)))

    # The first list is on its way for as long as the other call has anything to do.
    held = OutOfDate(served.plane.app, creation.listed, anyio.wait_all_tasks_blocked)
    served.plane.app = held
    async with anyio.create_task_group() as both:
        both.start_soon(create)
        both.start_soon(create)

    assert len(served.plane.writes) == 1
    assert sorted("was adopted" in result["summary"] for result in results) == [False, True]


async def test_servers_without_a_journal_know_nothing_of_each_other(serve, creation) -> None:
    one, other = await two_servers(serve, None)
    meanwhile(one, other, creation)

    made = facts(await other.call(creation.tool, **creation.wanted))

    assert made["summary"].startswith("Created")
    assert (len(one.plane.writes), len(other.plane.writes)) == (1, 1)


async def test_a_clock_that_was_set_back_stops_no_create_for_long(path) -> None:
    before, after = (Process(partial(Journal, path)) for _ in range(2))
    before.clock.advance(24 * 3600)
    await before.announce()

    assert settles_in_s(after.call, open_attempts(after.call, WANTED)) == UNANSWERED_SETTLES_S
    after.clock.advance(UNANSWERED_SETTLES_S)
    assert settles_in_s(after.call, open_attempts(after.call, WANTED)) <= 0


@pytest.mark.parametrize(
    "line",
    ['{"id": ["1"]}', "[" * 20_000, '{"time": "2026-01-01T00:00:00", "id": "1"}'],
    ids=["an id that is none", "deep", "a time without zone"],
)
async def test_a_line_that_cannot_be_read_stops_no_create_and_is_told(serve, path, line) -> None:
    path.write_text(line + "\n")
    path.chmod(0o600)
    served = await serve(journal=path)

    made = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    told = f"A line of the journal, {path}, cannot be read. What was done there is unknown."
    assert told in made["warnings"]
    assert len(await served.pipes()) == 1
    other = facts(await served.call("create_kafka_clickpipe", **KAFKA | {"name": "another"}))
    assert told not in other.get("warnings", [])
