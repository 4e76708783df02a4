"""A server and a control plane that survive restarts, and what the caller believes of them."""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp_types import CallToolResult

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator.faults import Fault
from clickpipes_mcp.simulator.world.organization import World
from clickpipes_mcp.simulator.world.pipe import Pipe
from tests.faults.variants import VARIANTS
from tests.serving import KAFKA, PIPES, Served, built

RESTING = frozenset({"Stopped", "Stopping"})
METHODS = ("", "GET", "POST", "PATCH", "DELETE")


@dataclass(frozen=True)
class Believed:
    """A pipe as the caller has been told it is."""

    topics: str
    replicas: int = 1
    is_resting: bool = False


def body(name: str, topics: str) -> dict[str, Any]:
    """A pipe into a table of somebody else's, which may hold rows."""
    destination = {
        key: value for key, value in KAFKA["destination"].items() if key != "tableDefinition"
    }
    return {
        **KAFKA,
        "name": name,
        "source": {"kafka": {**KAFKA["source"]["kafka"], "topics": topics}},
        "destination": {**destination, "managedTable": False},
    }


@dataclass
class Stage:
    """One world through several lives of its server; the clock and the files go on."""

    folder: Path
    rng: random.Random
    clock: ManualClock = field(default_factory=ManualClock)
    restarts: int = 0
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _served: Served | None = None

    async def open(self) -> None:
        plane, server = built(
            self.clock,
            simulator={"state_file": self.folder / "world.json"},
            journal=self.folder / "journal.jsonl",
            consent="dangerously-off",
            wake_service=True,
        )
        client = await self._stack.enter_async_context(Client(server))
        self._served = Served(client, plane, self.clock)

    async def close(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """End both programs and start them on the files they left."""
        await self.close()
        self.restarts += 1
        await self.open()

    @property
    def served(self) -> Served:
        assert self._served is not None
        return self._served

    @property
    def world(self) -> World:
        known: World = self.served.plane.app.state.world
        return known

    async def interrupted_creation(self, name: str, topics: str) -> None:
        """Begin a creation, and end the server when it was sent or when it took effect."""
        sent, takes_effect = anyio.Event(), self.rng.random() < 0.5
        plane = self.served.plane

        async def hold() -> None:
            if plane.arrived[-1].method != "POST":
                return
            if takes_effect:
                await plane.by_somebody_else("POST", PIPES, body(name, topics))
            sent.set()
            await anyio.sleep_forever()

        plane.before_answering = hold
        async with anyio.create_task_group() as calls:

            async def create() -> None:
                await self.call("create_kafka_clickpipe", **body(name, topics))
                sent.set()

            calls.start_soon(create)
            await sent.wait()
            calls.cancel_scope.cancel()
        await self.restart()

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        return await self.served.call(tool, **arguments)

    def trouble(self) -> None:
        """Something goes wrong once, with any request or with one kind of them."""
        fault = self.rng.choice(VARIANTS).fault
        if fault.kind == "idle_service":
            return
        self.set_faults(replace(fault, method=self.rng.choice(METHODS), times=1))

    def set_faults(self, *faults: Fault) -> None:
        self.served.plane.app.state.faults.replace(faults)

    def alive(self, name: str) -> list[Pipe]:
        """The pipes of a name that exist and are not being deleted."""
        return [
            pipe
            for service in self.world.services.values()
            for pipe in service.pipes.values()
            if pipe.name == name and pipe.deleted_at is None
        ]

    def truth(self, name: str) -> Believed | None:
        """What there is; more than one is never right."""
        pipes = self.alive(name)
        assert len(pipes) <= 1, f"{len(pipes)} pipes are named {name}"
        if not pipes:
            return None
        (pipe,) = pipes
        is_resting = pipe.state(self.world.now()) in RESTING
        return Believed(str(pipe.source["topics"]), pipe.scaling.replicas, is_resting)
