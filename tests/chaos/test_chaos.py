"""Many operations with random trouble and three restarts: what is told stays true."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from mcp_types import CallToolResult

from tests.chaos.world import RESTING, Believed, Stage, body
from tests.serving import facts, said

pytestmark = pytest.mark.anyio

RUNS = [
    (20260, 300),
    *(pytest.param(seed, 1000, marks=pytest.mark.slow) for seed in (20260, 7, 8, 10)),
]
"""A seed, and how many operations."""

RESTARTS = 3
NAMES = tuple(f"pipe-{number}" for number in range(8))
TOPICS = ("orders", "payments")
TROUBLED = 0.4
IN_DOUBT = ("may have taken effect", "may still appear")
PAUSES_S = (0.0, 2.0, 60.0)
PATIENCE = 20


@dataclass
class Caller:
    """An assistant that believes what it is told, and looks where it is told to be in doubt."""

    stage: Stage
    rng: random.Random
    believed: dict[str, Believed] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)

    async def act(self) -> None:
        name = self.rng.choice(NAMES)
        operation = self.rng.choice(OPERATION_WEIGHTS)
        if self.rng.random() < TROUBLED:
            self.stage.trouble()
        result = await operation(self, name)
        self.stage.set_faults()
        await self.judge(name, result)
        self.stage.clock.advance(self.rng.choice(PAUSES_S))

    async def judge(self, name: str, result: CallToolResult) -> None:
        """An end in doubt is looked into; every other one is taken at its word."""
        told = said(result)
        self.ends[str(result.structured_content.get("code", "done"))] += 1
        if result.is_error and any(words in told for words in IN_DOUBT):
            await self.look(name)
        assert self.stage.truth(name) == self.believed.get(name), told

    async def look(self, name: str) -> None:
        found = await self.stage.call("get_clickpipe", clickpipe=name)
        if found.is_error:
            assert found.structured_content["code"] == "unknown_clickpipe"
            self.believed.pop(name, None)
            return
        seen = facts(found)
        known = self.stage.truth(name)
        if known is None:  # it is shown for a while after its deletion
            self.believed.pop(name, None)
            return
        self.believed[name] = Believed(
            seen["configuration"]["topics"], known.replicas, seen["state"] in RESTING
        )

    async def create(self, name: str) -> CallToolResult:
        topics = self.rng.choice(TOPICS)
        result = await self.stage.call("create_kafka_clickpipe", **body(name, topics))
        if not result.is_error and name not in self.believed:
            self.believed[name] = Believed(topics)
        elif not result.is_error:
            assert self.believed[name].topics == topics, said(result)
        return result

    async def delete(self, name: str) -> CallToolResult:
        result = await self.stage.call("delete_clickpipe", clickpipe=name)
        if not result.is_error:
            self.believed.pop(name, None)
        return result

    async def stop(self, name: str) -> CallToolResult:
        return await self._changed(name, "stop_clickpipe", is_resting=True)

    async def start(self, name: str) -> CallToolResult:
        return await self._changed(name, "start_clickpipe", is_resting=False)

    async def scale(self, name: str) -> CallToolResult:
        replicas = self.rng.randint(1, 5)
        result = await self.stage.call("scale_clickpipe", clickpipe=name, replicas=replicas)
        if not result.is_error and name in self.believed:
            self.believed[name] = replace(self.believed[name], replicas=replicas)
        return result

    async def get(self, name: str) -> CallToolResult:
        return await self.stage.call("get_clickpipe", clickpipe=name)

    async def list_all(self, name: str) -> CallToolResult:
        return await self.stage.call("list_clickpipes", name_contains=name)

    async def _changed(self, name: str, tool: str, *, is_resting: bool) -> CallToolResult:
        result = await self.stage.call(tool, clickpipe=name)
        if not result.is_error and name in self.believed:
            self.believed[name] = replace(self.believed[name], is_resting=is_resting)
        return result

    async def interrupted(self) -> None:
        """The server dies over a creation; the caller repeats it until it is told an end."""
        name = self.rng.choice([name for name in NAMES if name not in self.believed] or NAMES)
        topics = self.rng.choice(TOPICS)
        await self.stage.interrupted_creation(name, topics)
        for _ in range(PATIENCE):
            result = await self.stage.call("create_kafka_clickpipe", **body(name, topics))
            code = (result.structured_content or {}).get("code", "done")
            if code == "done":
                self.believed.setdefault(name, Believed(topics))
            if code != "temporary":
                break
        await self.look(name)
        assert self.stage.truth(name) == self.believed.get(name)


Operation = Callable[[Caller, str], Awaitable[CallToolResult]]
OPERATION_WEIGHTS: tuple[Operation, ...] = (
    *[Caller.create] * 4,
    *[Caller.delete] * 2,
    Caller.stop,
    Caller.start,
    *[Caller.scale] * 2,
    Caller.get,
    Caller.list_all,
)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "operations"), RUNS)
async def test_after_many_troubled_operations_the_world_is_as_told(
    tmp_path, monkeypatch, seed, operations
) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_KAFKA", "example-secret")
    random.seed(seed)  # the jitter of the client's retries
    rng = random.Random(seed)  # noqa: S311 # repeatable, not secret
    stage = Stage(tmp_path, rng)
    await stage.open()
    caller = Caller(stage, rng)

    between_restarts = operations // (RESTARTS + 1)
    for number in range(operations):
        if number in range(between_restarts, operations, between_restarts):
            await caller.interrupted()
        await caller.act()

    stage.clock.advance(600)
    listed = facts(await stage.call("list_clickpipes"))
    names = sorted(row["name"] for row in listed["clickpipes"])
    assert names == sorted(caller.believed)
    assert {name: stage.truth(name) for name in names} == caller.believed
    assert stage.restarts == RESTARTS
    assert caller.ends.keys() >= {"done", "conflict"}
    assert caller.ends.keys() & {"unreachable", "api_failure"}, "it never went wrong"
    await stage.close()
