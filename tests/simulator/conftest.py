"""A simulated control plane in process, a clock to move, and request bodies to send."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)

CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


class Plane:
    """A control plane with its clock, spoken to over HTTP in process."""

    def __init__(
        self, app: Starlette, client: httpx2.AsyncClient, clock: ManualClock, service: str
    ) -> None:
        self.app = app
        self.client = client
        self.clock = clock
        self.service = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{service}"
        self.pipes = f"{self.service}/clickpipes"

    async def create(self, body: dict[str, Any]) -> str:
        """Create a pipe that is accepted; its id."""
        response = await self.client.post(self.pipes, json=body)
        assert response.status_code == 200, response.text
        return str(response.json()["result"]["id"])

    async def settled(self, body: dict[str, Any]) -> str:
        """Create a pipe and let everything about it settle."""
        pipe = await self.create(body)
        self.clock.advance(600)
        return pipe

    async def paused(self, body: dict[str, Any]) -> str:
        """Create a pipe, let it settle, stop it, and let that settle."""
        pipe = await self.settled(body)
        await self.command(pipe, "stop")
        self.clock.advance(10)
        return pipe

    async def get(self, pipe: str) -> dict[str, Any]:
        """The pipe as a read answers it."""
        response = await self.client.get(f"{self.pipes}/{pipe}")
        assert response.status_code == 200, response.text
        return dict(response.json()["result"])

    async def state(self, pipe: str) -> str:
        """The state of a pipe."""
        return str((await self.get(pipe))["state"])

    async def patch(self, pipe: str, body: dict[str, Any]) -> httpx2.Response:
        """Patch a pipe."""
        return await self.client.patch(f"{self.pipes}/{pipe}", json=body)

    async def command(self, pipe: str, command: str) -> httpx2.Response:
        """Send a state command."""
        return await self.client.patch(f"{self.pipes}/{pipe}/state", json={"command": command})


@pytest.fixture
async def plane_with() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def build(*, service: str = DEFAULT_SERVICE_ID, **options: Any) -> Plane:
            clock = ManualClock()
            app = build_simulator(SimulatorOptions(**options), clock)
            client = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app),
                base_url="http://simulator.test",
                auth=("example-access-key", "example-access-secret"),
            )
            await stack.enter_async_context(client)
            return Plane(app, client, clock, service)

        yield build


@pytest.fixture
async def plane(plane_with: Callable[..., Any]) -> Plane:
    return await plane_with()


def changed(body: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The body with values set or dropped at dotted paths."""
    result = copy.deepcopy(body)
    for path, value in change.get("set", {}).items():
        *parents, last = path.split(".")
        target: Any = result
        for parent in parents:
            target = (
                target[int(parent)] if isinstance(target, list) else target.setdefault(parent, {})
            )
        if isinstance(target, list):
            target[int(last)] = value
        else:
            target[last] = value
    for path in change.get("drop", []):
        *parents, last = path.split(".")
        target = result
        for parent in parents:
            target = target[int(parent)] if isinstance(target, list) else target[parent]
        target.pop(last, None)
    return result


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """A valid create body by its name in cases.json, with changes at dotted paths."""

    def make(name: str, **change: Any) -> dict[str, Any]:
        return changed(full_body(name), {"set": {}, **change})

    return make


def full_body(name: str) -> dict[str, Any]:
    source = copy.deepcopy(CASES["sources"][name])
    arm = next(iter(source))
    destination = CASES["destinations"]["database" if arm in CASES["databases"] else "table"]
    return {"name": f"{name} pipe", "source": source, "destination": copy.deepcopy(destination)}
