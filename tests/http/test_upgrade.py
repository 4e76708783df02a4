"""A team is upgraded as its guide says: older and newer replicas work side by side meanwhile."""

import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, InputRequiredResult

from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.store import NEWEST
from tests import figures
from tests.checks.postgres_server import store_settings
from tests.cli.test_commands import run_here
from tests.faults.processes import PATIENCE_S, until
from tests.http import older
from tests.http.served import HttpProcess
from tests.http.team import Findings, Team
from tests.http.team_load import Ledger, callers, given_by
from tests.http.test_replicas import ENDPOINT
from tests.pages.visitor import Visitor, link_in
from tests.rounds import answers_to
from tests.serving import answering, elicitation, error, facts, said

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]
CALLERS, KEYS, REPLICAS = 12, 4, 2
WITHOUT_TOKENS = dict.fromkeys(("CLICKPIPES_HTTP_TOKENS", "CLICKPIPES_HTTP_CALLERS"), "")
TOGETHER_S = 6.0
"""For how long callers meet each mixture of replicas, at least."""

RIGHT = {
    "consent_required",
    "consent_denied",
    "consent_stale",
    "shutting_down",
    "temporary",
    "unknown_clickpipe",
}
"""Why a call may be refused: it asks a person, repeats what was agreed to and begun, or is about a
pipe that was deleted, or a replica ended before it did."""


@pytest.fixture
def team(tmp_path, store_server) -> Iterator[Team]:
    """Older replicas with their store."""
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    of_then = older.take_out(tmp_path / "older")
    chosen = {**store_settings(store_server), "CLICKPIPES_JOURNAL": ""}
    told = older.run("store", "init", **chosen, **of_then)
    assert f"version 0 → {NEWEST - 1}" in told
    with ExitStack() as stack:
        made = Team(tmp_path, store_server, stack, callers=CALLERS, keys=KEYS)
        made.settings |= WITHOUT_TOKENS
        made.begin(REPLICAS, older.PROGRAM, **of_then)
        yield made


class Person:
    """Somebody who talks to single replicas, and decides on their pages."""

    def __init__(self, team: Team, stack: AsyncExitStack) -> None:
        self._team, self._stack = team, stack

    async def at(self, replica: HttpProcess, *, is_asked: bool = False) -> Client:
        """A client of this replica alone."""
        http = await self._http(replica)
        client = Client(
            streamable_http_client(f"{replica.root}/mcp", http_client=http),
            elicitation_callback=elicitation(answering("decline")) if is_asked else None,
        )
        return await self._stack.enter_async_context(client)

    async def agree(self, asked: CallToolResult, replica: HttpProcess, name: str) -> dict[str, str]:
        """Agree on the page as this replica shows it; what the page gives for the call."""
        visitor = Visitor(await self._http(replica), link_in(asked))
        await visitor.look()
        ending = await visitor.send(decision="agree", name=name)
        assert ending.status_code == 200, ending.text
        return given_by(ending)

    async def _http(self, replica: HttpProcess) -> httpx2.AsyncClient:
        """Whoever goes by the address of the team, and always comes to this replica."""
        host, port = replica.address

        async def lead(request: httpx2.Request) -> None:
            request.url = request.url.copy_with(host=host, port=port)

        http = httpx2.AsyncClient(
            headers={"host": ENDPOINT.split("/")[2]},
            trust_env=False,
            timeout=PATIENCE_S,
            event_hooks={"request": [lead]},
        )
        return await self._stack.enter_async_context(http)


@asynccontextmanager
async def person_of(team: Team) -> AsyncIterator[Person]:
    async with AsyncExitStack() as stack:
        yield Person(team, stack)


async def make(client: Client, number: int) -> tuple[str, dict[str, str]]:
    """A pipe that runs, of any of the keys: its name, and what calls say that are about it."""
    name, connection = f"pipe_{number}", {"connection": f"k{number % KEYS}"}
    example = source_named("kafka").example
    table = {**example["destination"], "table": name}
    wanted = {**example, **connection, "name": name, "destination": table}
    made = facts(await client.call_tool("create_kafka_clickpipe", wanted))
    call = {**connection, "clickpipe": str(made["clickpipe"]["id"])}
    facts(await client.call_tool("wait_for_clickpipe", call))
    return name, call


@pytest.fixture
async def upgraded_by_half(team) -> Team:
    """An older and a newer replica."""
    await anyio.to_thread.run_sync(init_anew, team)
    await anyio.to_thread.run_sync(team.replace, 0, signal.SIGTERM)
    return team


async def test_a_yes_counts_once_among_older_and_newer_replicas(upgraded_by_half) -> None:
    team, agreed = upgraded_by_half, []
    async with person_of(team) as person:
        ways = [(one, await person.at(one)) for one in team.replicas]
        orders = [(ways, at, through) for at in (0, 1) for through in (0, 1)]
        orders += [(ways[::-1], at, through) for at in (0, 1) for through in (0, 1)]
        for number, (order, at, through) in enumerate(orders):
            asking, calling = order[0][1], order[through][1]
            name, call = await make(ways[0][1], number)
            asked = await asking.call_tool("delete_clickpipe", call)
            given = await person.agree(asked, order[at][0], name)
            # A replica that does not know the question hands out a code, which all take.
            assert bool(given) == bool(at), order
            done = await calling.call_tool("delete_clickpipe", {**call, **given})
            if through and not given:
                assert error(done)["code"] == "consent_required"
                done = await asking.call_tool("delete_clickpipe", call)
            assert facts(done)
            for _, client in ways:
                again = await client.call_tool("delete_clickpipe", {**call, **given})
                assert again.is_error or "Nothing was sent" in said(again)
            agreed.append(call["clickpipe"])
    acts = (await anyio.to_thread.run_sync(team.recorder.so_far)).acts
    assert acts == [(pipe, "delete") for pipe in agreed]


async def test_two_answers_at_once_stop_a_pipe_once(upgraded_by_half) -> None:
    team, calls, stopped = upgraded_by_half, [], Counter[str]()
    async with person_of(team) as person:
        ways = [(one, await person.at(one)) for one in team.replicas]
        for number in range(KEYS):
            name, call = await make(ways[0][1], number)
            calls.append(call)
            for replica, client in ways:
                asked = await client.call_tool("stop_clickpipe", call)
                assert await person.agree(asked, replica, name) == {}

        async def stop(client: Client, call: dict[str, str]) -> None:
            done = await client.call_tool("stop_clickpipe", call)
            stopped[call["clickpipe"]] += not done.is_error

        async with anyio.create_task_group() as group:
            for call in calls:
                for _, client in ways:
                    group.start_soon(stop, client, call)
    once = {call["clickpipe"]: 1 for call in calls}
    assert stopped == once
    acts = (await anyio.to_thread.run_sync(team.recorder.so_far)).acts
    assert Counter(acts) == {(pipe, "stop"): 1 for pipe in once}


async def test_a_question_of_an_older_replica_is_answered_once_through_a_newer(
    upgraded_by_half,
) -> None:
    team = upgraded_by_half
    async with person_of(team) as person:
        newer, older_one = [await person.at(one, is_asked=True) for one in team.replicas]
        _, call = await make(newer, 0)
        asked = await older_one.session.call_tool("stop_clickpipe", call, allow_input_required=True)
        answered = answers_to(asked, choice="stop it")
        assert facts(await newer.session.call_tool("stop_clickpipe", call, **answered))
        facts(await newer.call_tool("wait_for_clickpipe", {**call, "until": "stopped"}))
        facts(await newer.call_tool("start_clickpipe", call))
        facts(await newer.call_tool("wait_for_clickpipe", call))
        for client in (older_one, newer):
            again = await client.session.call_tool("stop_clickpipe", call, **answered)
            assert isinstance(again, InputRequiredResult) or error(again)
    acts = (await anyio.to_thread.run_sync(team.recorder.so_far)).acts
    assert acts == [(call["clickpipe"], "stop"), (call["clickpipe"], "start")]


def init_anew(team: Team) -> None:
    """Bring the store up to date while older replicas work with it."""
    told = run_here("store", "init", **store_settings(team.store)).stdout
    assert f"version {NEWEST - 1} → {NEWEST}" in told


@dataclass
class Upgrade:
    """What happened to the older replicas, one after the other."""

    team: Team
    ledger: Ledger
    ended: list[int] = field(default_factory=list)
    side_by_side_since_s: float = 0.0

    async def go(self) -> None:
        """As the guide says."""
        await self._meet("older replicas with their store")
        await anyio.to_thread.run_sync(init_anew, self.team)
        await self._meet("older replicas with the newer store")
        self.side_by_side_since_s = time.monotonic()
        for number in range(REPLICAS):
            replace = partial(self.team.replace, number, signal.SIGTERM)
            one = await anyio.to_thread.run_sync(replace)
            self.ended.append(one.process.returncode)
            await self._meet(f"{number + 1} of {REPLICAS} replicas are newer")
        await anyio.to_thread.run_sync(until, self._did_everything, "every kind of work")

    async def _meet(self, mixture: str) -> None:
        """Let callers go on for a while, and until one more is answered.

        A key whose ten requests are taken holds all its callers for most of a window.
        """
        wanted = self._answered() + 1
        await anyio.sleep(TOGETHER_S)
        await anyio.to_thread.run_sync(until, lambda: self._answered() >= wanted, mixture)

    def _did_everything(self) -> bool:
        done = self.ledger
        return all((done.created, done.tuned, done.ended, done.declined))

    def _answered(self) -> int:
        return sum(map(len, self.ledger.took_s.values()))


async def test_those_who_call_meanwhile_lose_nothing(team, record_property) -> None:
    ledger = Ledger()
    upgrade, began_s = Upgrade(team, ledger), time.monotonic()
    async with (
        callers(team.socket, "", team.tokens, ledger, PATIENCE_S * REPLICAS) as everybody,
        anyio.create_task_group() as group,
    ):
        for caller in everybody:
            caller.always = {"connection": f"k{caller.number % KEYS}"}
            group.start_soon(caller.work)
        await upgrade.go()
        for caller in everybody:
            caller.until_s = 0
    took_s = time.monotonic() - began_s

    found = await anyio.to_thread.run_sync(Findings.of, team, ledger)
    title = f"{CALLERS} callers of {REPLICAS} replicas that are upgraded, {took_s:.0f} s"
    # Before, the older ones opened their way to the API after they had taken their first turn.
    most = partial(found.record.most_within, since_s=upgrade.side_by_side_since_s)
    told = {
        **found.counted(),
        "most requests of a key in ten seconds": most(WINDOW_S),
        "longest that the machine had no time, in s": f"{found.record.lag_s:.2f}",
    }
    record_property(figures.PROPERTY, (title, told))
    assert upgrade.ended == [143] * REPLICAS
    assert not ledger.lost
    assert {what.partition(": ")[2] for what in ledger.refusals} <= RIGHT
    assert (found.lost, found.unwritten, found.made_twice) == (set(), set(), 0)
    assert found.unagreed == set()
    assert max(found.acts.values()) == 1
    # Requests come as late as the machine lets the replicas send them.
    assert most(WINDOW_S - min(found.record.lag_s, 1.0)) <= REQUESTS
