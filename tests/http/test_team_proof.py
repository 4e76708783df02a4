"""Two hundred callers of three replicas, while replicas, the store and the API break off.

Nothing that was acknowledged is lost or done twice, nothing is done without a yes, and no key is
used more often than the API takes.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from clickpipes_mcp.journal import ADOPTED, DONE
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import source_named
from tests import figures
from tests.benchmarks import http_load
from tests.benchmarks.http_load import serving_http
from tests.checks.postgres_server import PASSWORD, PostgresServer, store_settings
from tests.cli.test_commands import run_here
from tests.faults.processes import SimulatedApi, environment
from tests.http.recording import Record, Recording
from tests.http.served import HttpProcess
from tests.http.team_load import BARE, LIGHT, Ledger, callers
from tests.http.test_replicas import ENDPOINT, nginx
from tests.ports import free_port
from tests.serving import PIPES

pytestmark = pytest.mark.anyio
CALLERS, KEYS, REPLICAS = 200, 20, 3
HANGS_ON_S = 15.0
_ENDS = ("stop", "delete")
BARE_SERVER = Path(http_load.__file__).with_name("programs") / "floor.py"
FAULTS = (
    {"kind": "status", "status": 503, "times": 4},
    {"kind": "reset", "times": 2},
    {"kind": "truncate", "times": 2},
    {"kind": "status", "status": 500, "method": "POST", "when": "after", "times": 1},
    {"kind": "status", "status": 429, "seconds": 2, "times": 1},
)


class Team:
    """The replicas, what they share, and the API behind them."""

    def __init__(self, folder: Path, store: PostgresServer, stack: ExitStack) -> None:
        self.store, self._stack = store, stack
        self.tokens = [f"token-{number:03}-" + "0" * 32 for number in range(CALLERS)]
        self.api = stack.enter_context(SimulatedApi("--speed", "1000"))
        self.recorder = stack.enter_context(Recording(self.api.url))
        self._settings = self._written(folder)
        self.replicas = [self._start(0) for _ in range(REPLICAS)]
        self.socket = stack.enter_context(nginx(folder, self.replicas))
        port = free_port()
        bare = (sys.executable, str(BARE_SERVER), str(port))
        stack.enter_context(serving_http(bare, port, environment(HOME=str(folder))))
        self.bare = f"http://127.0.0.1:{port}/mcp"

    def _written(self, folder: Path) -> dict[str, str]:
        """The operator's files, and the settings that name them."""
        secrets = re.findall(r"\$\{env:(\w+)\}", json.dumps(source_named("kafka").example))
        tokens, granted, keys = (folder / name for name in ("tokens", "callers", "connections"))
        tokens.touch(0o600)
        tokens.write_text("".join(f"c{n} {token}\n" for n, token in enumerate(self.tokens)))
        granted.write_text(
            "".join(f'[token.c{n}]\nconnections = ["k{n % KEYS}"]\n' for n in range(CALLERS))
        )
        where = (
            f'api_url = "{self.recorder.url}"\norganization_id = "{DEFAULT_ORGANIZATION_ID}"\n'
            f'service_id = "{DEFAULT_SERVICE_ID}"\n'
        )
        named = [
            f'[k{n}]\nkey_id = "key-{n}"\nkey_secret = "env:OWN_{n}"\n{where}' for n in range(KEYS)
        ]
        keys.write_text("".join(('default = "k0"\n', *named)))
        return {
            **store_settings(self.store),
            **dict.fromkeys(secrets, PASSWORD),
            **{f"OWN_{n}": f"the secret of key {n}" for n in range(KEYS)},
            "CLICKPIPES_HTTP_URL": ENDPOINT,
            "CLICKPIPES_HTTP_TOKENS": str(tokens),
            "CLICKPIPES_HTTP_CALLERS": str(granted),
            "CLICKPIPES_CONNECTIONS": str(keys),
            "CLICKPIPES_JOURNAL": "",
        }

    def _start(self, port: int) -> HttpProcess:
        return self._stack.enter_context(HttpProcess(None, port, **self._settings))

    def replace(self, number: int) -> None:
        """Kill a replica as `kill -9` does, and start another in its place."""
        port = self.replicas[number].address[1]
        self.replicas[number].kill()
        self.replicas[number] = self._start(port)

    def memory_mb(self, number: int) -> float:
        """What a replica has of the machine's memory."""
        status = Path(f"/proc/{self.replicas[number].process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1000


@pytest.fixture
def team(tmp_path, store_server) -> Iterator[Team]:
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    assert run_here("store", "init", **store_settings(store_server)).exit_code == 0
    with ExitStack() as stack:
        yield Team(tmp_path, store_server, stack)


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


@dataclass(frozen=True)
class Findings:
    """What callers were told, held against the API, the journal and the recorder."""

    ledger: Ledger
    record: Record
    pipes: list[dict[str, Any]]
    settings: dict[str, int]
    lines: list[dict[str, Any]]

    @classmethod
    def of(cls, team: Team, ledger: Ledger) -> "Findings":
        team.api.will()
        pipes = team.api.ask("GET", PIPES)["result"]
        settings = {}
        for pipe in {pipe["id"] for pipe in pipes} & ledger.tuned.keys():
            told = team.api.ask("GET", f"{PIPES}/{pipe}/settings")["result"]
            settings[pipe] = told["streaming_max_insert_wait_ms"]
        with team.store.connected() as store:
            rows = store.execute("SELECT line FROM clickpipes_mcp.journal").fetchall()
        lines = [json.loads(line) for (line,) in rows]
        return cls(ledger, team.recorder.so_far(), pipes, settings, lines)

    @property
    def lost(self) -> set[str]:
        """What was acknowledged, and is not so."""
        states = {pipe["id"]: pipe["state"] for pipe in self.pipes}
        agreed, ended = self.ledger.agreed, self.ledger.ended
        deleted = {pipe for pipe, tool in agreed.items() if tool == "delete_clickpipe"}
        gone = {pipe for pipe in self.ledger.created.values() if pipe not in states} - deleted
        running = {pipe for pipe in ended if states.get(pipe) == "Running"}
        wanted = self.ledger.tuned
        untuned = {pipe for pipe, value in self.settings.items() if value != wanted[pipe]}
        return gone | running | untuned

    @property
    def unwritten(self) -> set[str]:
        """What was acknowledged, and not announced in the journal."""
        announced = {one["name"] for one in self.lines if one["operation"].startswith("create")}
        return set(self.ledger.created) - announced

    @property
    def without_end(self) -> int:
        """Of how many creations the journal lacks the end; replicas were killed before it."""
        ended = {one["clickpipe_id"] for one in self.lines if one.get("outcome") in (DONE, ADOPTED)}
        return len(set(self.ledger.created.values()) - ended)

    @property
    def acts(self) -> Counter[str]:
        """How often each pipe was told to stop, or to go."""
        return Counter(pipe for pipe, act in self.record.acts if act in _ENDS)

    @property
    def unagreed(self) -> set[tuple[str, str]]:
        """What was done, and nobody agreed to just that."""
        ends = {(pipe, f"{act}_clickpipe") for pipe, act in self.record.acts if act in _ENDS}
        return ends - set(self.ledger.agreed.items())

    @property
    def made_twice(self) -> int:
        return len(self.pipes) - len({pipe["name"] for pipe in self.pipes})

    def told(self, memory: list[float]) -> dict[str, object]:
        """The figures."""
        ledger = self.ledger
        ratio = ledger.share(LIGHT, 0.99) / ledger.share(BARE, 0.99)
        return {
            "calls answered": sum(map(len, ledger.took_s.values())),
            "calls whose answer was lost": ledger.lost,
            "calls refused": ledger.refusals.total(),
            "pipes created, settings changed": f"{len(ledger.created)}, {len(ledger.tuned)}",
            "ends agreed to, declined, done": (
                f"{len(ledger.agreed)}, {len(ledger.declined)}, {len(ledger.ended)}"
            ),
            "acknowledged and lost": len(self.lost),
            "acknowledged and not in the journal": len(self.unwritten),
            "creations whose end is not in the journal": self.without_end,
            "pipes made twice": self.made_twice,
            "ends sent twice": sum(count > 1 for count in self.acts.values()),
            "acts without a yes": len(self.unagreed),
            "most requests of a key in ten seconds": self.record.most_within(WINDOW_S),
            "longest that the machine had no time, in s": f"{self.record.lag_s:.2f}",
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
async def test_nothing_is_lost_done_twice_or_without_a_yes(team, record_property, lasts_s) -> None:
    ledger, memory = Ledger(), []
    async with (
        callers(team.socket, team.bare, team.tokens, ledger, lasts_s) as everybody,
        anyio.create_task_group() as group,
    ):
        group.start_soon(break_everything, team, lasts_s, memory)
        for caller in everybody:
            group.start_soon(caller.work)
        await anyio.sleep(lasts_s + HANGS_ON_S)
        group.cancel_scope.cancel()

    found = await anyio.to_thread.run_sync(Findings.of, team, ledger)
    title = f"{CALLERS} callers of {REPLICAS} replicas for {lasts_s:.0f} s"
    record_property(figures.PROPERTY, (title, found.told(memory)))
    assert (found.lost, found.unwritten, found.made_twice) == (set(), set(), 0)
    assert found.unagreed == set()
    assert max(found.acts.values()) == 1
    # Requests come as late as the machine lets the replicas send them.
    assert found.record.most_within(WINDOW_S - min(found.record.lag_s, 1.0)) <= REQUESTS
    assert len(ledger.created) > CALLERS / 8
    assert all((ledger.tuned, ledger.ended, ledger.declined))


def _shares(ledger: Ledger, kind: str) -> str:
    return ", ".join(f"{ledger.share(kind, part):.2f}" for part in (0.5, 0.99))
