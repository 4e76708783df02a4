"""The API's operations, one method each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

import anyio
from pydantic import JsonValue, ValidationError

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.answers import Reply
from clickpipes_mcp.cloud.models import (
    CdcScaling,
    DiscoveredSchema,
    Organization,
    Pipe,
    PipeSettings,
    PrivateEndpoint,
    Receipt,
    Service,
    ServiceContext,
)
from clickpipes_mcp.cloud.patience import tell
from clickpipes_mcp.cloud.queries import QueryEndpoint, SqlRow
from clickpipes_mcp.cloud.requests import (
    ApiRequest,
    RequestBody,
    Requests,
    StateCommand,
    get_document,
    list_organizations,
)
from clickpipes_mcp.cloud.transport import Transport
from clickpipes_mcp.contract import Answer
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    NotAuthorized,
    ServiceNotRunning,
    UnreadableAnswer,
)
from clickpipes_mcp.settings import ApiDialect

WAKING_TAKES_AT_MOST_S = 180.0
_POLL_EVERY_S = 5.0
_WAKING_STATES = frozenset({"idle", "awaking", "starting", "partially_running"})
"""States that pass by themselves once it was woken; a stopped service stays as it is.

Source: OpenAPI contract, Service.state; the Terraform provider waits for `running` alone.
"""

A = TypeVar("A", bound=Answer)


class CloudClient:
    """Speaks to one organization. Every method raises ClickPipesError and nothing else."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        dialect: ApiDialect = "live",
        organization_id: str | None = None,
        may_wake: bool = False,
        queries: QueryEndpoint | None = None,
    ) -> None:
        self._transport = transport
        self._queries = queries or QueryEndpoint(transport)
        self._clock = clock
        self._dialect: ApiDialect = dialect
        self._organization_id = organization_id
        self._may_wake = may_wake
        self._discovering = anyio.Lock()
        self._turns: dict[str, anyio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    @asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[None]:
        """Keep everybody else who names the same thing out while the block runs."""
        turn = self._turns.setdefault(what, anyio.Lock())
        try:
            async with turn:
                yield
        finally:
            if not turn.locked() and not turn.statistics().tasks_waiting:
                self._turns.pop(what, None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
        await self._queries.aclose()

    async def requests(self) -> Requests:
        """The builder of this organization's requests; `.preview()` on one shows a dry run.

        Raises:
            InvalidSettings: The organization is not set and cannot be looked up.
        """
        return Requests(await self._organization(), self._dialect)

    async def document(self) -> dict[str, JsonValue]:
        """The OpenAPI document of the API."""
        content = (await self._transport.send(get_document())).result
        return content if isinstance(content, dict) else {}

    async def organizations(self) -> list[Organization]:
        return _many(Organization, await self._transport.send(list_organizations()))

    async def services(self) -> list[Service]:
        return _many(Service, await self._send((await self.requests()).list_services()))

    async def service(self, service_id: str) -> Service:
        return _one(Service, await self._send((await self.requests()).get_service(service_id)))

    async def wake_service(self, service_id: str) -> Service:
        """Wake an idle service; returns at once. It does nothing to a stopped one."""
        reply = await self._send((await self.requests()).wake_service(service_id))
        return _one(Service, reply)

    async def prometheus(self, service_id: str) -> str:
        """The service's metrics in Prometheus text format."""
        reply = await self._send((await self.requests()).get_prometheus(service_id))
        return str(reply.result)

    async def query(self, service_id: str, sql: str) -> list[SqlRow]:
        """The rows of one reading statement, run in the service; never wakes it."""
        return await self._queries.rows(service_id, sql)

    async def pipes(self, service_id: str) -> list[Pipe]:
        return _many(Pipe, await self._send((await self.requests()).list_pipes(service_id)))

    async def pipe(self, service_id: str, pipe_id: str) -> Pipe:
        return _one(Pipe, await self._send((await self.requests()).get_pipe(service_id, pipe_id)))

    async def create_pipe(self, service_id: str, body: RequestBody) -> Pipe:
        """Create a pipe; may take minutes, because the API checks the source first."""
        request = (await self.requests()).create_pipe(service_id, body)
        return _one(Pipe, await self._send_awake(service_id, request))

    async def update_pipe(self, service_id: str, pipe_id: str, body: RequestBody) -> Pipe:
        request = (await self.requests()).update_pipe(service_id, pipe_id, body)
        return _one(Pipe, await self._send_awake(service_id, request))

    async def delete_pipe(self, service_id: str, pipe_id: str) -> Receipt:
        """Delete a pipe; it stays visible until the API is done."""
        reply = await self._send((await self.requests()).delete_pipe(service_id, pipe_id))
        return Receipt(request_id=reply.request_id)

    async def pipe_settings(self, service_id: str, pipe_id: str) -> PipeSettings:
        """Settings of a streaming or object storage pipe; database pipes have none (404)."""
        request = (await self.requests()).get_pipe_settings(service_id, pipe_id)
        return _settings(await self._send(request))

    async def put_pipe_settings(
        self, service_id: str, pipe_id: str, body: RequestBody
    ) -> PipeSettings:
        """Set some settings; the API keeps those that the body leaves out."""
        request = (await self.requests()).put_pipe_settings(service_id, pipe_id, body)
        return _settings(await self._send(request))

    async def scale_pipe(self, service_id: str, pipe_id: str, body: RequestBody) -> Pipe:
        request = (await self.requests()).scale_pipe(service_id, pipe_id, body)
        return _one(Pipe, await self._send(request))

    async def set_pipe_state(self, service_id: str, pipe_id: str, command: StateCommand) -> Pipe:
        """Ask for a state; the pipe returned may still be in the old one."""
        request = (await self.requests()).set_pipe_state(service_id, pipe_id, command)
        return _one(Pipe, await self._send(request))

    async def cdc_scaling(self, service_id: str) -> CdcScaling:
        """What the database pipes of a service share; 404 before the first one exists."""
        request = (await self.requests()).get_cdc_scaling(service_id)
        return _one(CdcScaling, await self._send(request))

    async def update_cdc_scaling(self, service_id: str, body: RequestBody) -> CdcScaling:
        request = (await self.requests()).update_cdc_scaling(service_id, body)
        return _one(CdcScaling, await self._send(request))

    async def discover_schema(self, service_id: str, body: RequestBody) -> DiscoveredSchema:
        request = (await self.requests()).discover_schema(service_id, body)
        return _one(DiscoveredSchema, await self._send(request))

    async def service_context(self, service_id: str) -> ServiceContext:
        request = (await self.requests()).get_context(service_id)
        return _one(ServiceContext, await self._send(request))

    async def private_endpoints(self, service_id: str) -> list[PrivateEndpoint]:
        """The reverse private endpoints of a service; those being deleted are still listed."""
        reply = await self._send((await self.requests()).list_private_endpoints(service_id))
        return _many(PrivateEndpoint, reply)

    async def private_endpoint(self, service_id: str, endpoint_id: str) -> PrivateEndpoint:
        request = (await self.requests()).get_private_endpoint(service_id, endpoint_id)
        return _one(PrivateEndpoint, await self._send(request))

    async def create_private_endpoint(self, service_id: str, body: RequestBody) -> PrivateEndpoint:
        """Ask for an endpoint; it is being set up when this returns."""
        request = (await self.requests()).create_private_endpoint(service_id, body)
        return _one(PrivateEndpoint, await self._send(request))

    async def update_private_endpoint(
        self, service_id: str, endpoint_id: str, body: RequestBody
    ) -> PrivateEndpoint:
        """Replace the custom DNS mappings, the only thing that can change."""
        request = (await self.requests()).update_private_endpoint(service_id, endpoint_id, body)
        return _one(PrivateEndpoint, await self._send(request))

    async def delete_private_endpoint(self, service_id: str, endpoint_id: str) -> Receipt:
        """Delete an endpoint; it stays visible until the API is done."""
        request = (await self.requests()).delete_private_endpoint(service_id, endpoint_id)
        return Receipt(request_id=(await self._send(request)).request_id)

    async def _send(self, request: ApiRequest) -> Reply:
        return await self._transport.send(request)

    async def _send_awake(self, service_id: str, request: ApiRequest) -> Reply:
        """Send; when the service is idle and may be woken, wake it and send once more."""
        try:
            return await self._send(request)
        except ServiceNotRunning as refusal:
            if not self._may_wake:
                raise
            try:
                is_awake = await self._wakes_up(service_id)
            except ClickPipesError as error:
                # Not that one: waking may be in doubt, but the write certainly was refused.
                refusal.message += f" Waking it failed: {error.message}"
                raise refusal from error
            if not is_awake:
                raise
        return await self._send(request)

    async def _wakes_up(self, service_id: str) -> bool:
        began = self._clock.monotonic()
        service = await self.service(service_id)
        if service.state == "idle":
            await tell("the service is idle, waking it")
            service = await self.wake_service(service_id)
        while service.state in _WAKING_STATES:
            waited_s = self._clock.monotonic() - began
            if waited_s >= WAKING_TAKES_AT_MOST_S:
                break
            await tell(f"the service is {service.state}, {waited_s:.0f} s")
            await self._clock.sleep(_POLL_EVERY_S)
            service = await self.service(service_id)
        return service.is_running

    async def _organization(self) -> str:
        if self._organization_id is None:
            async with self._discovering:
                if self._organization_id is None:
                    self._organization_id = await self._only_organization()
        return self._organization_id

    async def _only_organization(self) -> str:
        organizations = await self.organizations()
        if len(organizations) == 1:
            return organizations[0].id
        if not organizations:
            raise NotAuthorized(
                "The API key belongs to no organization.",
                fix="The operator uses a key of the organization that owns the service.",
            )
        raise InvalidSettings(
            "The API key sees several organizations.",
            fix="The operator sets CLICKPIPES_ORGANIZATION_ID to the one that is meant.",
        )


def _one(kind: type[A], reply: Reply) -> A:
    result = reply.result
    if isinstance(result, dict) and reply.request_id:
        result = {**result, "requestId": reply.request_id}
    return _read(kind, result)


def _many(kind: type[A], reply: Reply) -> list[A]:
    items = [] if reply.result is None else reply.result
    if not isinstance(items, list):
        raise _not_readable(kind)
    return [_read(kind, item) for item in items]


def _settings(reply: Reply) -> PipeSettings:
    return PipeSettings.model_validate({"values": reply.result, "requestId": reply.request_id})


def _read(kind: type[A], result: JsonValue) -> A:
    try:
        return kind.model_validate(result)
    except ValidationError as error:
        raise _not_readable(kind) from error


def _not_readable(kind: type[Answer]) -> UnreadableAnswer:
    return UnreadableAnswer(
        f"The API's answer does not describe a {kind.__name__}.",
        fix="After a write, look at the list before repeating it. If it stays so, the operator "
        "checks CLICKPIPES_API_URL and whether a newer version of this server exists.",
    )
