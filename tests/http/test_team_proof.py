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
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import source_named
from tests import figures
from tests.benchmarks import http_load
from tests.benchmarks.http_load import free_port, serving_http
from tests.checks.postgres_server import PASSWORD, PostgresServer, store_settings
from tests.cli.test_commands import run_here
from tests.faults.processes import SimulatedApi, environment
from tests.http.recording import Recording
from tests.http.served import HttpProcess
from tests.http.team_load import BARE, LIGHT, Ledger, callers
from tests.http.test_replicas import ENDPOINT, nginx
from tests.serving import PIPES

pytestmark = [pytest.mark.anyio, pytest.mark.proof]
CALLERS, KEYS, REPLICAS = 200, 20, 3
LASTS_S, HANGS_ON_S = 60.0, 15.0
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


async def break_everything(team: Team, memory: list[float]) -> None:
    """Each replica once, the store once, the API all the time."""

    async def at(second: float, act) -> None:
        await anyio.sleep(max(0.0, began_s + second - anyio.current_time()))
        await anyio.to_thread.run_sync(act)

    began_s = anyio.current_time()
    for number in range(REPLICAS):
        await at(LASTS_S / 6 * (number + 1), partial(team.api.will, *FAULTS))
        await at(0, partial(team.replace, number))
    await at(0, lambda: memory.append(team.memory_mb(0)))
    await at(LASTS_S * 0.7, partial(team.store.control, "restart"))
    await at(LASTS_S * 0.75, partial(team.api.will, *FAULTS))


async def test_nothing_is_lost_done_twice_or_without_a_yes(team, record_property) -> None:
    ledger, memory = Ledger(), []
    async with (
        callers(team.socket, team.bare, team.tokens, ledger, LASTS_S) as everybody,
        anyio.create_task_group() as group,
    ):
        group.start_soon(break_everything, team, memory)
        for caller in everybody:
            group.start_soon(caller.work)
        await anyio.sleep(LASTS_S + HANGS_ON_S)
        group.cancel_scope.cancel()
    memory.append(team.memory_mb(0))

    team.api.will()
    pipes = team.api.ask("GET", PIPES)["result"]
    there = {pipe["name"]: pipe for pipe in pipes}
    record = team.recorder.so_far()
    stops = Counter(pipe for pipe, command in record.acts if command == "stop")
    lost = [name for name, id_ in ledger.created.items() if there.get(name, {}).get("id") != id_]
    running = [
        pipe["name"]
        for pipe in pipes
        if pipe["id"] in ledger.stopped and pipe["state"] == "Running"
    ]
    unagreed = [pipe for pipe in stops if pipe not in ledger.agreed]
    with team.store.connected() as store:
        rows = store.execute("SELECT line FROM clickpipes_mcp.journal").fetchall()
    lines = [json.loads(line) for (line,) in rows]
    announced = {line["name"] for line in lines if line["operation"].startswith("create")}
    ended = {line["clickpipe_id"] for line in lines if line.get("outcome") in ("done", "adopted")}
    unwritten = set(ledger.created) - announced
    calls = sum(map(len, ledger.took_s.values()))
    record_property(
        figures.PROPERTY,
        (
            f"{CALLERS} callers of {REPLICAS} replicas for {LASTS_S:.0f} s",
            {
                "calls answered": calls,
                "calls whose answer was lost": ledger.lost,
                "calls refused": ledger.refusals.total(),
                "pipes created and told": len(ledger.created),
                "stops agreed to, declined": f"{len(ledger.agreed)}, {len(ledger.declined)}",
                "stops done and told": len(ledger.stopped),
                "acknowledged and lost": len(lost) + len(running),
                "acknowledged and not in the journal": len(unwritten),
                "acknowledged, end not in the journal": len(set(ledger.created.values()) - ended),
                "pipes made twice": len(pipes) - len(there),
                "stops sent twice": sum(count > 1 for count in stops.values()),
                "acts without a yes": len(unagreed),
                "most requests of a key in ten seconds": record.most_within(WINDOW_S),
                "memory of a replica, MB": " → ".join(f"{one:.0f}" for one in memory),
                "a call without a request in s, p50, p99": _shares(ledger, LIGHT),
                "the same of the SDK's bare server": _shares(ledger, BARE),
                "ratio of their p99": f"{ledger.share(LIGHT, 0.99) / ledger.share(BARE, 0.99):.1f}",
                "a list in s, p50, p99": _shares(ledger, "list_clickpipes"),
                "a creation in s, p50, p99": _shares(ledger, "create_kafka_clickpipe"),
            },
        ),
    )
    assert (lost, running, unagreed, unwritten) == ([], [], [], set())
    assert len(pipes) == len(there)
    assert max(stops.values()) == 1
    assert len(ledger.created) > CALLERS / 8
    assert ledger.stopped
    assert ledger.declined
    assert record.most_within(WINDOW_S) <= REQUESTS


def _shares(ledger: Ledger, kind: str) -> str:
    return ", ".join(f"{ledger.share(kind, part):.2f}" for part in (0.5, 0.99))
