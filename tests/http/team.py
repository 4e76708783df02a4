"""Replicas behind nginx that share a store; what they did, held against what callers were told."""

import json
import re
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickpipes_mcp.journal import ADOPTED, DONE
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import source_named
from tests.checks.postgres_server import PASSWORD, PostgresServer, store_settings
from tests.faults.processes import UNHURRIED, SimulatedApi
from tests.http.recording import Record, Recording
from tests.http.served import HttpProcess
from tests.http.team_load import Ledger
from tests.http.test_replicas import ENDPOINT, nginx
from tests.serving import PIPES

_ENDS = ("stop", "delete")


class Team:
    """The replicas, what they share, and the API behind them."""

    def __init__(
        self, folder: Path, store: PostgresServer, stack: ExitStack, *, callers: int, keys: int
    ) -> None:
        """Without a replica as yet. Each key is used by several callers."""
        self.store, self._folder, self._stack = store, folder, stack
        self.tokens = [f"token-{number:03}-" + "0" * 32 for number in range(callers)]
        self.api = stack.enter_context(SimulatedApi("--speed", "1000"))
        self.recorder = stack.enter_context(Recording(self.api.url))
        self.settings = self._written(folder, keys)
        self.replicas: list[HttpProcess] = []

    def begin(self, replicas: int, program: Sequence[str] = UNHURRIED, **settings: str) -> None:
        """Start so many, and nginx before them; they may be of another program."""
        for _ in range(replicas):
            self.replicas.append(self._start(0, program, **settings))
        self.socket = self._stack.enter_context(nginx(self._folder, self.replicas))

    def _written(self, folder: Path, count: int) -> dict[str, str]:
        """The operator's files, and the settings that name them."""
        secrets = re.findall(r"\$\{env:(\w+)\}", json.dumps(source_named("kafka").example))
        tokens, granted, keys = (folder / name for name in ("tokens", "callers", "connections"))
        tokens.touch(0o600)
        tokens.write_text("".join(f"c{n} {token}\n" for n, token in enumerate(self.tokens)))
        granted.write_text(
            "".join(
                f'[token.c{n}]\nconnections = ["k{n % count}"]\n' for n in range(len(self.tokens))
            )
        )
        where = (
            f'api_url = "{self.recorder.url}"\norganization_id = "{DEFAULT_ORGANIZATION_ID}"\n'
            f'service_id = "{DEFAULT_SERVICE_ID}"\n'
        )
        named = [
            f'[k{n}]\nkey_id = "key-{n}"\nkey_secret = "env:OWN_{n}"\n{where}' for n in range(count)
        ]
        keys.write_text("".join(('default = "k0"\n', *named)))
        return {
            **store_settings(self.store),
            **dict.fromkeys(secrets, PASSWORD),
            **{f"OWN_{n}": f"the secret of key {n}" for n in range(count)},
            "CLICKPIPES_HTTP_URL": ENDPOINT,
            "CLICKPIPES_HTTP_TOKENS": str(tokens),
            "CLICKPIPES_HTTP_CALLERS": str(granted),
            "CLICKPIPES_CONNECTIONS": str(keys),
            "CLICKPIPES_JOURNAL": "",
        }

    def _start(self, port: int, program: Sequence[str] = UNHURRIED, **settings: str) -> HttpProcess:
        given = {**self.settings, **settings}
        return self._stack.enter_context(HttpProcess(None, port, program=program, **given))

    def replace(self, number: int, how: signal.Signals = signal.SIGKILL) -> HttpProcess:
        """End a replica with a signal, and start another in its place; the one that ended."""
        one = self.replicas[number]
        one.process.send_signal(how)
        one.process.wait()
        self.replicas[number] = self._start(one.address[1])
        return one

    def memory_mb(self, number: int) -> float:
        """What a replica has of the machine's memory."""
        status = Path(f"/proc/{self.replicas[number].process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1000


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

    def counted(self) -> dict[str, object]:
        """The figures of what callers were told, and of what came of it."""
        ledger = self.ledger
        return {
            "calls answered": sum(map(len, ledger.took_s.values())),
            "calls whose answer was lost": ledger.lost.total(),
            **_each(ledger.lost),
            "calls refused": ledger.refusals.total(),
            **_each(ledger.refusals),
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
        }


def _each(counted: Counter[str]) -> dict[str, int]:
    return {f"  {what}": count for what, count in counted.most_common()}
