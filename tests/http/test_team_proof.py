"""Two hundred callers of three replicas, while replicas, the store and the API break off.

Nothing that was acknowledged is lost or done twice, nothing is done without a yes, and no key is
used more often than the API takes.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from tests import figures
from tests.benchmarks import http_load
from tests.benchmarks.http_load import serving_http
from tests.checks.postgres_server import store_settings
from tests.cli.test_commands import run_here
from tests.faults.processes import PATIENCE_S, environment, until
from tests.http.team import Findings, Team
from tests.http.team_load import BARE, LIGHT, Ledger, callers
from tests.ports import free_port

pytestmark = pytest.mark.anyio
CALLERS, KEYS, REPLICAS = 200, 20, 3
HANGS_ON_S = 15.0
BARE_SERVER = Path(http_load.__file__).with_name("programs") / "floor.py"
FAULTS = (
    {"kind": "status", "status": 503, "times": 4},
    {"kind": "reset", "times": 2},
    {"kind": "truncate", "times": 2},
    {"kind": "status", "status": 500, "method": "POST", "when": "after", "times": 1},
    {"kind": "status", "status": 429, "seconds": 2, "times": 1},
)


@pytest.fixture
def team(tmp_path, store_server) -> Iterator[Team]:
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    assert run_here("store", "init", **store_settings(store_server)).exit_code == 0
    with ExitStack() as stack:
        made = Team(tmp_path, store_server, stack, callers=CALLERS, keys=KEYS)
        made.begin(REPLICAS)
        yield made


@pytest.fixture
def bare(tmp_path) -> Iterator[str]:
    """The SDK's own server, which does nothing."""
    port = free_port()
    program = (sys.executable, str(BARE_SERVER), str(port))
    with serving_http(program, port, environment(HOME=str(tmp_path))):
        yield f"http://127.0.0.1:{port}/mcp"


async def break_everything(team: Team, lasts_s: float, memory: list[float]) -> None:
    """Each replica once, the store once, the API all the time; memory is read meanwhile."""

    async def at(part: float, act) -> None:
        await anyio.sleep(max(0.0, began_s + lasts_s * part - anyio.current_time()))
        await anyio.to_thread.run_sync(act)

    def read_memory() -> None:
        memory.append(team.memory_mb(0))

    began_s = anyio.current_time()
    for number in range(REPLICAS):
        await at((number + 1) / 6, partial(team.api.will, *FAULTS))
        await at(0, partial(team.replace, number))
    for part, act in (
        (0.6, read_memory),
        (0.65, partial(team.store.control, "restart")),
        (0.7, partial(team.api.will, *FAULTS)),
        (0.8, read_memory),
        (0.9, partial(team.api.will, *FAULTS)),
        (1.0, read_memory),
    ):
        await at(part, act)


def figures_of(found: Findings, memory: list[float]) -> dict[str, object]:
    """What is printed."""
    ledger = found.ledger
    ratio = ledger.share(LIGHT, 0.99) / ledger.share(BARE, 0.99)
    return {
        **found.counted(),
        "most requests of a key in ten seconds": found.record.most_within(WINDOW_S),
        "longest that the machine had no time, in s": f"{found.record.lag_s:.2f}",
        "memory of a replica, MB": " → ".join(f"{one:.0f}" for one in memory),
        "a call without a request in s, p50, p99": _shares(ledger, LIGHT),
        "the same of the SDK's bare server": _shares(ledger, BARE),
        "ratio of their p99": f"{ratio:.1f}",
        "a list in s, p50, p99": _shares(ledger, "list_clickpipes"),
        "a creation in s, p50, p99": _shares(ledger, "create_kafka_clickpipe"),
    }


@pytest.mark.parametrize(
    "lasts_s",
    [pytest.param(60.0, marks=pytest.mark.proof), pytest.param(300.0, marks=pytest.mark.nightly)],
)
async def test_nothing_is_lost_done_twice_or_without_a_yes(
    team, bare, record_property, lasts_s
) -> None:
    ledger, memory = Ledger(), []
    async with (
        callers(team.socket, bare, team.tokens, ledger, lasts_s + PATIENCE_S) as everybody,
        anyio.create_task_group() as group,
    ):
        group.start_soon(break_everything, team, lasts_s, memory)
        for caller in everybody:
            group.start_soon(caller.work)
        await anyio.sleep(lasts_s)
        await anyio.to_thread.run_sync(until, partial(is_enough, ledger), "calls of every kind")
        for caller in everybody:
            caller.until_s = 0
        await anyio.sleep(HANGS_ON_S)
        group.cancel_scope.cancel()

    found = await anyio.to_thread.run_sync(Findings.of, team, ledger)
    title = f"{CALLERS} callers of {REPLICAS} replicas for {lasts_s:.0f} s"
    record_property(figures.PROPERTY, (title, figures_of(found, memory)))
    assert (found.lost, found.unwritten, found.made_twice) == (set(), set(), 0)
    assert found.unagreed == set()
    assert max(found.acts.values()) == 1
    # Requests come as late as the machine lets the replicas send them.
    assert found.record.most_within(WINDOW_S - min(found.record.lag_s, 1.0)) <= REQUESTS


def is_enough(ledger: Ledger) -> bool:
    """Whether so much was done that it tells something, however long it took."""
    is_of_all = all((ledger.tuned, ledger.ended, ledger.declined))
    return is_of_all and len(ledger.created) > CALLERS / 8


def _shares(ledger: Ledger, kind: str) -> str:
    return ", ".join(f"{ledger.share(kind, part):.2f}" for part in (0.5, 0.99))
