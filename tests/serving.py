"""The real server and a real client in one process, with a control plane that is listened in on.

What reaches the control plane is recorded, so that a test can say that nothing did.
"""

import json
import marshal
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx2
import jsonschema
from mcp import Client
from mcp.client.extension import advertise
from mcp.client.session import ClientRequestContext
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    CallToolResult,
    ElicitRequestParams,
    ElicitResult,
    Implementation,
    ListToolsResult,
    Tool,
)

from clickpipes_mcp.clock import Clock, ManualClock
from clickpipes_mcp.server import build_server
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)
from tests import attempts_table, event_loop
from tests.lint.plain_words import find_flaws_of_warning, is_predicate

SERVICE = "simulated-analytics"
PIPES = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}/clickpipes"
REFERENCE_BODIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "sources" / "reference_bodies.json").read_text(encoding="utf-8")
)
KAFKA, KINESIS, S3, GCS, AZURE, POSTGRES, MYSQL, MONGODB, BIGQUERY = REFERENCE_BODIES
LONG_ENOUGH_S = 3600.0
SHARED_KEY = "an invented key that all replicas share"

Person = Callable[[ElicitRequestParams], Awaitable[ElicitResult]]


@dataclass(frozen=True)
class Arrived:
    """A request that reached the control plane."""

    method: str
    path: str
    body: Any = None

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and not self.path.endswith("/schemaDiscovery")


class ListenedPlane:
    """An ASGI control plane that records what arrives."""

    def __init__(self, options: SimulatorOptions, clock: Clock) -> None:
        self.app = build_simulator(options, clock)
        self.arrived: list[Arrived] = []
        self.before_answering: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint
        self.retell: Callable[[Arrived, bytes], bytes] | None = None
        """What is answered instead of the body of an answer, under this status if there is one."""
        self.status = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content, more = b"", scope["type"] == "http"
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        body = json.loads(content) if content else None
        arrived = Arrived(scope["method"], scope["path"], body)
        self.arrived.append(arrived)
        await self.before_answering()
        read = iter([{"type": "http.request", "body": content, "more_body": False}])

        async def again() -> Any:
            return next(read, None) or await receive()

        retell = self.retell
        if retell is None:
            await self.app(scope, again, send)
            return
        begin, answered = {}, b""

        async def hold_back(message: Any) -> None:
            nonlocal begin, answered
            if message["type"] == "http.response.start":
                begin = message
            else:
                answered += message.get("body", b"")

        await self.app(scope, again, hold_back)
        told = retell(arrived, answered)
        named = [pair for pair in begin["headers"] if pair[0].lower() != b"content-length"]
        begin |= {"status": self.status} if self.status else {}
        await send({**begin, "headers": [*named, (b"content-length", b"%d" % len(told))]})
        await send({"type": "http.response.body", "body": told})

    @property
    def writes(self) -> list[Arrived]:
        """What arrived and was meant to change something, oldest first."""
        return [request for request in self.arrived if request.is_write]

    async def by_somebody_else(self, method: str, path: str, body: object = None) -> Any:
        """A request that does not come from the server under test; the result it is answered."""
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app),
            base_url="http://simulator.test",
            auth=("example-access-key", "example-access-secret"),
        ) as client:
            response = await client.request(method, path, json=body)
            assert response.is_success, response.text
            return response.json().get("result")


@dataclass
class Served:
    """A server that is being used."""

    client: Client
    plane: ListenedPlane
    clock: ManualClock
    listens: bool = False
    progress: list[tuple[float, float | None, str | None]] = field(default_factory=list)
    longest_stop_s: float = 0.0
    listing: "Listing | None" = None
    _tools: dict[str, Tool] = field(default_factory=dict)

    async def call(
        self, tool: str, /, *, service: str | None = SERVICE, **arguments: Any
    ) -> CallToolResult:
        """Call a tool in the running service, or in another one, or in none that is named.

        Whatever comes back must keep what is promised of every result, and the call must never
        hold the event loop.
        """
        tools = await self.tools()
        properties = tools[tool].input_schema["properties"] if tool in tools else {}
        if service is not None and (service != SERVICE or "service" in properties):
            arguments = {"service": service, **arguments}
        with event_loop.watched() as seen:
            result = await self.client.call_tool(
                tool, arguments, progress_callback=self._progress if self.listens else None
            )
        self.longest_stop_s = max(self.longest_stop_s, seen.longest_s)
        attempts_table.count(longest_stop_s=seen.longest_s)
        event_loop.check(seen)
        if tool in tools:
            check_promises(result, tools[tool], tools)
        return result

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        self.progress.append((progress, total, message))

    async def tools(self) -> dict[str, Tool]:
        """The tools offered, by name."""
        if not self._tools:
            listed = await (self.listing(self.client) if self.listing else _list(self.client))
            self._tools = {tool.name: tool for tool in listed.tools}
        return self._tools

    async def pipe(self, body: Mapping[str, object], *, state: str = "settled") -> str:
        """The id of a pipe made by somebody else, settled or stopped."""
        made = await self.plane.by_somebody_else("POST", PIPES, body)
        self.clock.advance(LONG_ENOUGH_S)
        if state == "stopped":
            await self.command(made["id"], "stop")
            self.clock.advance(LONG_ENOUGH_S)
        return str(made["id"])

    async def command(self, pipe: str, command: str) -> None:
        """Somebody else starts, stops or resyncs a pipe."""
        await self.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}/state", {"command": command})

    async def pipes(self) -> dict[str, dict[str, Any]]:
        """All pipes of the running service by id, as they will be when all has settled."""
        self.clock.advance(LONG_ENOUGH_S)
        return {pipe["id"]: pipe for pipe in await self.plane.by_somebody_else("GET", PIPES)}


def built(
    clock: ManualClock,
    patience_s: float = 50.0,
    simulator: Mapping[str, Any] | None = None,
    state_directory: Path | None = None,
    **settings: Any,
) -> tuple[ListenedPlane, MCPServer[None]]:
    """A server with these settings, and the control plane it speaks to."""
    chosen = load_settings({}, **{"open_browser": False, **settings})
    options = SimulatorOptions(dialect=chosen.api_dialect, **(simulator or {}))
    plane = ListenedPlane(options, clock)
    server = build_server(
        chosen,
        clock,
        control_plane=plane,
        patience_s=patience_s,
        state_directory=state_directory,
    )
    return plane, server


async def serve(
    stack: AsyncExitStack,
    *,
    era: str = "auto",
    person: Person | None = None,
    client_name: str = "a client",
    patience_s: float = 50.0,
    simulator: Mapping[str, Any] | None = None,
    state_directory: Path | None = None,
    announces: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> Served:
    """A server with these settings, connected to; `person` answers what a person is asked.

    `patience_s` is how long a call waits for the answer on a page, `announces` are extensions of
    the client with their settings.
    """
    clock = ManualClock()
    plane, server = built(clock, patience_s, simulator or {}, state_directory, **settings)
    client = Client(
        server,
        mode=era,
        elicitation_callback=elicitation(person) if person else None,
        client_info=Implementation(name=client_name, version="1"),
        extensions=[advertise(name, dict(told)) for name, told in (announces or {}).items()],
    )
    listing = None if announces else _listed_once(era, await server.list_tools())
    return Served(await stack.enter_async_context(client), plane, clock, listing=listing)


Listing = Callable[[Client], Awaitable[ListToolsResult]]
"""How the tools that a client has connected to become known to it."""


@dataclass(frozen=True)
class _Listed:
    """What a client was told, and what its session keeps of it."""

    told: ListToolsResult
    headers: Mapping[str, Any]
    output_schemas: Mapping[str, Any]


_listings: dict[bytes, _Listed] = {}


async def _list(client: Client) -> ListToolsResult:
    return await client.list_tools()


def _listed_once(era: str, offered: Sequence[Tool]) -> Listing:
    """Thousands of tests connect to servers that offer the same: one of them asks for the list.

    The others are told what that one was answered, which is most of what a short test costs.
    """
    same = marshal.dumps(
        [era, [(t.name, t.description, t.input_schema, t.output_schema) for t in offered]]
    )

    async def listing(client: Client) -> ListToolsResult:
        session = client.session
        if same not in _listings:
            told = await client.list_tools()
            headers, schemas = session._x_mcp_header_maps, session._tool_output_schemas
            _listings[same] = _Listed(told, {**headers}, {**schemas})
        known = _listings[same]
        session._x_mcp_header_maps = {**known.headers}
        session._tool_output_schemas = {**known.output_schemas}
        return known.told.model_copy()

    return listing


def elicitation(person: Person) -> Any:
    """How a client puts questions to this person."""

    async def answer(_: ClientRequestContext, asked: ElicitRequestParams) -> ElicitResult:
        return await person(asked)

    return answer


def _validate(content: object, schema: Any) -> None:
    """Without looking at the schema itself again: the lint of the published tools does."""
    jsonschema.Draft202012Validator(schema).validate(content)


def check_promises(result: CallToolResult, tool: Tool, tools: Mapping[str, Tool]) -> None:
    """What holds for every result: both forms say the same, suggestions can be followed."""
    content, text = result.structured_content, said(result)
    assert content is not None, text
    _validate(content, tool.output_schema)
    if result.is_error:
        assert content["code"]
        assert content["problem"] in text
        assert content.get("fix", "") in text
        assert content["ok"] is False
        assert all(warning in text for warning in content.get("warnings", []))
    else:
        assert f"{content['summary']} [{content['environment']}]" in text
        assert all(value is not None for value in content.values())
        warnings = content.get("warnings", [])
        assert all(warning in text for warning in warnings)
        assert len(set(warnings)) == len(warnings)
    if content.get("costs"):
        warned = " ".join(content.get("warnings", []))
        assert not re.search(r"\$\d", warned), "costs, twice"
    for warning in content.get("warnings", []):
        assert list(find_flaws_of_warning(warning)) == [], warning
    suggested = content.get("next_actions", [])
    assert len(suggested) <= 3
    for action in suggested:
        _validate(action["arguments"], tools[action["tool"]].input_schema)
        assert action["tool"] in text
        assert action["why"] in text
        assert is_predicate(action["why"]), action["why"]


def telling(sources: Mapping[str, Mapping[str, Any]]) -> Callable[[Arrived, bytes], bytes]:
    """Makes every answer about pipes tell these fields of sources of that kind, whatever is so."""

    def retell(_: Arrived, answered: bytes) -> bytes:
        document = json.loads(answered) if answered[:1] == b"{" else None
        result = document.get("result") if isinstance(document, dict) else None
        for pipe in result if isinstance(result, list) else [result]:
            source = pipe.get("source") if isinstance(pipe, dict) else None
            for arm, changes in sources.items() if isinstance(source, dict) else ():
                if source.get(arm):
                    source[arm] |= changes
        return answered if document is None else json.dumps(document).encode()

    return retell


def answering(action: str, **content: Any) -> Person:
    """A person who always answers the same."""

    async def answer(_: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action=action, content=content or None)

    return answer


def said(result: CallToolResult) -> str:
    """The text of a result."""
    return "\n".join(getattr(block, "text", "") for block in result.content)


def facts(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result that is no error."""
    assert not result.is_error, said(result)
    assert result.structured_content is not None
    return result.structured_content


def error(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result that is an error."""
    assert result.is_error, said(result)
    assert result.structured_content is not None, said(result)
    return result.structured_content
