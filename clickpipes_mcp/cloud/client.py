"""One organization's API: every request is sent here, and what is only read has its method."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from pydantic import JsonValue
from typing_extensions import override

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.closing import ClosedAtExit
from clickpipes_mcp.cloud.bodies import ResolvedBody
from clickpipes_mcp.cloud.lines import PipeLine, glance, lines
from clickpipes_mcp.cloud.models import (
    CdcScaling,
    DiscoveredSchema,
    Organization,
    Pipe,
    PipeSettings,
    PrivateEndpoint,
    Service,
    ServiceContext,
)
from clickpipes_mcp.cloud.patience import tell
from clickpipes_mcp.cloud.pipe_history import PipeHistory
from clickpipes_mcp.cloud.queries import QueryEndpoint, SqlRow
from clickpipes_mcp.cloud.requests import (
    ApiRequest,
    RequestBody,
    Requests,
    get_document,
    list_organizations,
)
from clickpipes_mcp.cloud.seen_names import SeenNames
from clickpipes_mcp.cloud.ssh_keys import SshKey
from clickpipes_mcp.cloud.transport import Transport
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    NotAuthorized,
    Problem,
    ServiceNotRunning,
)
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.settings import ApiDialect
from clickpipes_mcp.store import StoredNames

WAKING_TAKES_AT_MOST_S = 180.0
_POLL_EVERY_S = 5.0
_KNOWN_FOR_S = 60.0
"""How long the names of services are remembered: a person hardly ever renames one."""
_WAKING_STATES = frozenset({"idle", "awaking", "starting", "partially_running"})
"""States that pass by themselves once it was woken; a stopped service stays as it is.

Source: OpenAPI contract, Service.state; the Terraform provider waits for `running` alone.
"""

T = TypeVar("T")


class CloudClient(ClosedAtExit):
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
        shared_names: StoredNames | None = None,
    ) -> None:
        self._transport = transport
        self._queries = queries or QueryEndpoint(transport)
        self._clock = clock
        self.seen_names = SeenNames(clock, shared_names)
        self.history = PipeHistory(clock)
        self._dialect: ApiDialect = dialect
        self._organization_id = organization_id
        self._may_wake = may_wake
        self._discovering = anyio.Lock()
        self._turns: dict[str, anyio.Lock] = {}
        self._services: tuple[float, list[Service]] | None = None

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

    @override
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
        return await self.send(get_document())

    async def send(self, request: ApiRequest[T]) -> T:
        """Send, and read the answer. Where the service is idle and may be woken, send once more.

        Raises:
            ClickPipesError: Whatever went wrong; nothing else leaves this method.
        """
        try:
            reply = await self._transport.send(request)
        except ServiceNotRunning as refusal:
            if request.wakes is None or not self._may_wake:
                raise
            await self._wake_or_refuse(request.wakes, refusal)
            reply = await self._transport.send(request)
        return request.read(reply)

    def secret_flaws(self, body: RequestBody) -> list[Problem]:
        """The secrets of a body that cannot be sent, each with its path there and why."""
        return self._transport.secret_flaws(body)

    def place_of(self, secret: Secret) -> str | None:
        """Where a secret leads to, such as an account; None where that cannot be told."""
        return self._transport.place_of(secret)

    def resolve(self, body: RequestBody) -> ResolvedBody:
        """A body with its secrets, for who reads a source from here; raises as sending does."""
        return self._transport.resolve(body)

    async def organizations(self) -> list[Organization]:
        return await self.send(list_organizations())

    async def services(self, *, as_known: bool = False) -> list[Service]:
        """The services of the organization; `as_known` takes those of a moment ago as well."""
        now_s = self._clock.monotonic()
        if self._services is None or not as_known or now_s > self._services[0] + _KNOWN_FOR_S:
            self._services = now_s, await self.send((await self.requests()).list_services())
        return list(self._services[1])

    async def service(self, service_id: str) -> Service:
        return await self.send((await self.requests()).get_service(service_id))

    async def prometheus(self, service_id: str) -> str:
        """The service's metrics in Prometheus text format."""
        return await self.send((await self.requests()).get_prometheus(service_id))

    async def query(self, service_id: str, sql: str) -> list[SqlRow]:
        """The rows of one reading statement, run in the service; never wakes it."""
        return await self._queries.rows(service_id, sql)

    async def pipes(self, service_id: str) -> list[Pipe]:
        listed = await self.send((await self.requests()).list_pipes(service_id))
        await self._note(listed)
        return listed

    async def pipe_lines(self, service_id: str) -> list[PipeLine]:
        """The pipes of a service as lines of a list, for who looks at none of them closely."""
        request = (await self.requests()).list_pipes(service_id)
        listed = await self.send(request.read_as(lines(), glance))
        await self._note(listed)
        return listed

    async def pipe(self, service_id: str, pipe_id: str) -> Pipe:
        pipe = await self.send((await self.requests()).get_pipe(service_id, pipe_id))
        await self._note([pipe])
        return pipe

    async def _note(self, pipes: Sequence[Pipe] | Sequence[PipeLine]) -> None:
        self.seen_names.note(pipes)
        self.history.note_states(pipes)
        await self.seen_names.exchange(pipes)

    async def pipe_settings(self, service_id: str, pipe_id: str) -> PipeSettings:
        """Settings of a streaming or object storage pipe; database pipes have none (404)."""
        return await self.send((await self.requests()).get_pipe_settings(service_id, pipe_id))

    async def cdc_scaling(self, service_id: str) -> CdcScaling:
        """What the database pipes of a service share; 404 before the first one exists."""
        return await self.send((await self.requests()).get_cdc_scaling(service_id))

    async def discover_schema(self, service_id: str, body: RequestBody) -> DiscoveredSchema:
        return await self.send((await self.requests()).discover_schema(service_id, body))

    async def service_context(self, service_id: str) -> ServiceContext:
        return await self.send((await self.requests()).get_context(service_id))

    async def private_endpoints(self, service_id: str) -> list[PrivateEndpoint]:
        """The reverse private endpoints of a service; those being deleted are still listed."""
        return await self.send((await self.requests()).list_private_endpoints(service_id))

    async def private_endpoint(self, service_id: str, endpoint_id: str) -> PrivateEndpoint:
        return await self.send(
            (await self.requests()).get_private_endpoint(service_id, endpoint_id)
        )

    async def ssh_keys(self, service_id: str) -> list[SshKey]:
        """The SSH keys of a service, each for a login on a bastion."""
        return await self.send((await self.requests()).list_ssh_keys(service_id))

    async def _wake_or_refuse(self, service_id: str, refusal: ServiceNotRunning) -> None:
        """Wake the service that refused a request; raises that refusal where it stays asleep."""
        try:
            is_awake = await self._wake(service_id)
        except ClickPipesError as error:
            # Not that one: waking may be in doubt, but the write certainly was refused.
            refusal.message += f" Waking it failed: {error.message}"
            raise refusal from error
        if not is_awake:
            raise refusal

    async def _wake(self, service_id: str) -> bool:
        began = self._clock.monotonic()
        service = await self.service(service_id)
        if service.state == "idle":
            await tell("the service is idle, waking it")
            service = await self.send((await self.requests()).wake_service(service_id))
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
