"""Callers of a team who list, create and stop pipes for a while, whatever breaks meanwhile."""

import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2

from clickpipes_mcp.sources import source_named
from tests.faults.processes import MODERN
from tests.http.test_replicas import ENDPOINT
from tests.pages.visitor import _TOKEN

_LINK = re.compile(r"https?://\S+/approve/\S+")
_CODE = re.compile(r'<p class="code"><code>(\S+)</code></p>')
_ORIGIN = ENDPOINT.removesuffix("/mcp")
_PATIENCE_S = 75.0
_THINKS_S = (0.2, 2.0)
LIGHT, BARE = "prompts/list", "the bare server"
"""Calls that no request to the API is made for."""


@dataclass
class Ledger:
    """What callers were told, and what persons agreed to."""

    created: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)
    tuned: dict[str, int] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    took_s: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    codes: int = 0
    """How often a page handed out a code for the call, as that may not learn of the yes."""

    def share(self, kind: str, part: float) -> float:
        """How many seconds at most that part of the calls of a kind took."""
        ordered = sorted(self.took_s[kind])
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


@dataclass
class Caller:
    """One of them, with a token and an order of work of its own."""

    number: int
    token: str
    http: httpx2.AsyncClient
    elsewhere: httpx2.AsyncClient
    bare: str
    ledger: Ledger
    until_s: float
    always: Mapping[str, Any] = field(default_factory=dict)
    """What every call of it says besides."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.number)  # noqa: S311 # the same in every run
        self._made: list[tuple[str, str]] = []

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self.until_s

    async def work(self) -> None:
        """Call until time is over."""
        await anyio.sleep(self._dice.uniform(0, 2))
        while self.has_time:
            steps = (self._look, self._compare, self._create, self._wait, self._tune, self._end)
            step = self._dice.choices(steps, _WEIGHTS)
            await step[0]()
            await anyio.sleep(self._dice.uniform(*_THINKS_S))

    async def _look(self) -> None:
        await self.call("list_clickpipes", {"limit": 5})

    async def _compare(self) -> None:
        """The least that can be asked of our server, and of one that does nothing else."""
        await self.ask(LIGHT, {}, self.http, ENDPOINT)
        if self.bare:
            echo = {"name": "echo", "arguments": {"text": "x"}}
            await self.ask(BARE, echo, self.elsewhere, self.bare)

    async def _create(self) -> None:
        name = f"pipe {self.number} {len(self._made)}"
        example = source_named("kafka").example
        table = {**example["destination"], "table": name.replace(" ", "_")}
        wanted = {**example, "name": name, "destination": table}
        made = await self._until_told("create_kafka_clickpipe", wanted)
        if made is not None:
            self.ledger.created[name] = made["clickpipe"]["id"]
            self._made.append((name, made["clickpipe"]["id"]))

    async def _wait(self) -> None:
        """Wait until the newest pipe runs, whichever replica tells so."""
        if self._made:
            await self.call("wait_for_clickpipe", {"clickpipe": self._made[-1][1], "timeout_s": 5})

    async def _tune(self) -> None:
        """Give a pipe another setting, which takes nobody's yes."""
        if not self._made:
            return
        pipe, wait_ms = self._made[-1][1], self._dice.randrange(600, 10_000)
        self.ledger.tuned.pop(pipe, None)  # should the answer be lost, nobody knows
        wanted = {"clickpipe": pipe, "settings": {"streaming_max_insert_wait_ms": wait_ms}}
        if await self._until_told("update_clickpipe_settings", wanted) is not None:
            self.ledger.tuned[pipe] = wait_ms

    async def _end(self) -> None:
        """Ask for a pipe to be stopped or deleted, have a person decide, and repeat the call."""
        decided = {**self.ledger.agreed, **self.ledger.declined}
        made = next((one for one in self._made if one[1] not in decided), None)
        if made is None:
            return
        _, pipe = made
        tool = self._dice.choice(("stop_clickpipe", "delete_clickpipe"))
        asked = await self.call(tool, {"clickpipe": pipe})
        link = _LINK.search(json.dumps(asked, ensure_ascii=False).replace("\\n", "\n"))
        if not link:
            return
        agrees = self.number % 4 != 0
        told = await self._decide(link[0], made, tool, agrees=agrees)
        if told is None:
            return
        if not agrees:
            await self.call(tool, {"clickpipe": pipe})
        elif await self._until_told(tool, {"clickpipe": pipe, **told}) is not None:
            self.ledger.ended[pipe] = tool

    async def _decide(
        self, link: str, made: tuple[str, str], tool: str, *, agrees: bool
    ) -> dict[str, str] | None:
        """Open the page at one replica, and send its form to another.

        What the page gives for the call comes back; None where it took no answer.
        """
        (name, pipe), own = made, {"origin": _ORIGIN, "sec-fetch-site": "same-origin"}
        try:
            page = await self.http.get(link)
            tokens = _TOKEN.findall(page.text)
            if not tokens:
                return None
            # A yes whose answer is lost may have been taken all the same.
            (self.ledger.agreed if agrees else self.ledger.declined)[pipe] = tool
            decision = "agree" if agrees else "decline"
            fields = {"form_token": tokens[0], "decision": decision, "name": name}
            ending = await self.http.post(link, data=fields, headers=own)
        except httpx2.HTTPError:
            return None
        given = given_by(ending)
        self.ledger.codes += len(given)
        return given if ending.is_success else None

    async def _until_told(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Repeat a call unchanged while its end is unknown, or the server says to repeat it."""
        for _ in range(6):
            result = await self.call(tool, arguments)
            if result is not None and not result.get("isError"):
                content: dict[str, Any] = result["structuredContent"]
                return content
            if not self.has_time:
                return None
            await anyio.sleep(self._dice.uniform(0.5, 1.5))
        return None

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """The result of a call; None where no answer came."""
        said = {"name": tool, "arguments": {**arguments, **self.always}}
        return await self.ask(tool, said, self.http, ENDPOINT)

    async def ask(
        self, kind: str, params: Mapping[str, Any], http: httpx2.AsyncClient, endpoint: str
    ) -> dict[str, Any] | None:
        """The result of a request; how long it took is noted under its kind."""
        method = "tools/call" if params else kind
        named = {"mcp-name": params["name"]} if params else {}
        began_s = time.monotonic()
        try:
            answer = await http.post(
                endpoint,
                json={
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": method,
                    "params": {**params, "_meta": MODERN},
                },
                headers={
                    **named,
                    "accept": "application/json, text/event-stream",
                    "mcp-protocol-version": "2026-07-28",
                    "mcp-method": method,
                    "authorization": f"Bearer {self.token}",
                },
            )
            result = _result(answer)
        except httpx2.HTTPStatusError as error:
            self.ledger.lost[f"{kind}: status {error.response.status_code}"] += 1
            return None
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            self.ledger.lost[f"{kind}: {type(error).__name__}"] += 1
            return None
        self.ledger.took_s[kind].append(time.monotonic() - began_s)
        if result.get("isError"):
            code = result["structuredContent"]["code"]
            self.ledger.refusals[f"{kind}: {code}"] += 1
        return result


_WEIGHTS = (2, 1, 3, 1, 1, 4)


def given_by(ending: httpx2.Response) -> dict[str, str]:
    """What a page gives for the call once a person agreed: a code, or nothing."""
    code = _CODE.search(ending.text)
    return {"confirmation_token": code[1]} if code else {}


def _result(answer: httpx2.Response) -> dict[str, Any]:
    """Of an answer in JSON, or the last one of a stream of events."""
    answer.raise_for_status()
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = [line for line in text.splitlines() if line.startswith("data:")][-1][5:]
    result: dict[str, Any] = json.loads(text)["result"]
    return result


@asynccontextmanager
async def callers(
    socket: Path, bare: str, tokens: list[str], ledger: Ledger, lasts_s: float
) -> AsyncIterator[list[Caller]]:
    """All of them, who reach the team through one proxy."""
    limits = httpx2.Limits(max_connections=len(tokens))
    way = httpx2.AsyncHTTPTransport(uds=str(socket), trust_env=False, limits=limits)
    async with (
        httpx2.AsyncClient(transport=way, trust_env=False, timeout=_PATIENCE_S) as http,
        httpx2.AsyncClient(limits=limits, trust_env=False, timeout=_PATIENCE_S) as elsewhere,
    ):
        until_s = time.monotonic() + lasts_s
        yield [
            Caller(number, token, http, elsewhere, bare, ledger, until_s)
            for number, token in enumerate(tokens)
        ]
