"""The application over HTTP, in this process or in one of its own."""

import queue
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation
from starlette.types import ASGIApp

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.http import http_app
from clickpipes_mcp.server import ClickPipesServer
from clickpipes_mcp.settings import Settings, load_settings
from clickpipes_mcp.simulator.serving.serve import serving
from tests.faults.processes import KEY, PATIENCE_S, UNHURRIED, Program
from tests.serving import ListenedPlane, Person, Served, built, elicitation

NAME = "orders to clickhouse"
"""Of the pipe that each of several servers has."""

ALICE = "alice-0123456789abcdef0123456789abcdef"
"""The token of somebody who calls."""

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
SPOKEN = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
}

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": SPOKEN["mcp-protocol-version"],
        "capabilities": {},
        "clientInfo": {"name": "a client", "version": "1"},
    },
}


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start an application and end it as a server does: through all that stands around it."""
    orders, order = anyio.create_memory_object_stream[dict[str, str]](2)
    reports, report = anyio.create_memory_object_stream[dict[str, str]](2)[::-1]
    async with orders, order, reports, report, anyio.create_task_group() as group:
        group.start_soon(app, {"type": "lifespan", "state": {}}, order.receive, report.send)
        await orders.send({"type": "lifespan.startup"})
        assert (await reports.receive())["type"] == "lifespan.startup.complete"
        try:
            yield
        finally:
            await orders.send({"type": "lifespan.shutdown"})
            await reports.receive()


@asynccontextmanager
async def application(
    clock: ManualClock | None = None,
    state_directory: Path | None = None,
    patience_s: float = 50.0,
    simulator: Mapping[str, Any] | None = None,
    port: int = 0,
    **settings: Any,
) -> AsyncIterator["Running"]:
    """The application, served on loopback, with the control plane behind it.

    With a `port` it is known under that one, as a browser wants it; else as if it were 8000.
    """
    clock = clock or ManualClock()
    chosen = {"http": str(port or 8000), "http_sessions": False, **settings}
    plane, server = built(clock, patience_s, simulator, state_directory=state_directory, **chosen)
    read = load_settings({}, **chosen)
    async with reached(server, read, clock, port) as root:
        yield Running(root, plane, clock)


@asynccontextmanager
async def reached(
    server: ClickPipesServer, settings: Settings, clock: ManualClock, port: int = 0
) -> AsyncIterator[str]:
    """Where a server is reached over HTTP while the block runs."""
    app = http_app(server, settings, str(settings.http), clock)
    async with lifespan(app), serving(app.__call__, "127.0.0.1", port) as bound:
        yield f"http://127.0.0.1:{bound}"


class Running:
    """A running application and what stands behind it."""

    def __init__(self, root: str, plane: ListenedPlane, clock: ManualClock) -> None:
        self.root, self.plane, self.clock = root, plane, clock

    def http(self, **headers: str) -> httpx2.AsyncClient:
        """Somebody who speaks HTTP to it."""
        named = {"host": "127.0.0.1:8000", **headers}
        return httpx2.AsyncClient(
            base_url=self.root, headers=named, trust_env=False, timeout=PATIENCE_S, verify=False
        )

    async def ping(self, **headers: str) -> httpx2.Response:
        """The answer to the smallest request of the protocol."""
        async with self.http() as client:
            return await client.post(
                "/mcp",
                json=PING,
                headers={**SPOKEN, **{key.replace("_", "-"): v for key, v in headers.items()}},
            )

    @asynccontextmanager
    async def client(
        self, era: str, *, person: Person | None = None, **headers: str
    ) -> AsyncIterator[Served]:
        """A real MCP client of one era."""
        async with (
            self.http(**headers) as http,
            Client(
                streamable_http_client(f"{self.root}/mcp", http_client=http),
                mode=era,
                elicitation_callback=elicitation(person) if person else None,
                client_info=Implementation(name="a client", version="1"),
            ) as client,
        ):
            yield Served(client, self.plane, self.clock)


class HttpProcess(Program):
    """`clickpipes-mcp serve --http` in a process of its own."""

    def __init__(
        self,
        api_url: str | None,
        port: int = 0,
        *,
        program: Sequence[str] = UNHURRIED,
        **settings: str,
    ) -> None:
        real = {
            "CLICKPIPES_KEY_ID": KEY[0],
            "CLICKPIPES_KEY_SECRET": KEY[1],
            "CLICKPIPES_API_URL": api_url or "",
        }
        given = {
            **(real if api_url else {}),
            "CLICKPIPES_HTTP_SESSIONS": "false",
            **settings,
        }
        super().__init__("serve", "--http", str(port), program=program, **given)
        self.said: queue.Queue[str] = queue.Queue()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        while "; listening on " not in (line := self.said.get(timeout=PATIENCE_S)):
            pass  # a line of the log
        announced = line.split()
        self.endpoint, self.bound = announced[-1], announced[-4].removesuffix(",")
        self.root = f"http://{self.bound}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        host, _, port = self.bound.rpartition(":")
        return host, int(port)

    def last_words(self) -> list[str]:
        """What it wrote after the start, once it has been killed."""
        self._listening.join(PATIENCE_S)
        return list(self.said.queue)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        try:
            for line in self.process.stderr:
                self.said.put(line)
        except ValueError:
            return  # closed while reading: the process was killed


def bearer(token: str) -> Mapping[str, str]:
    """The header that presents a token."""
    return {"authorization": f"Bearer {token}"}
