"""Organizations, services, CDC scaling, metrics, and the small neighbours of the pipes."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.contract import services
from clickpipes_mcp.simulator.documents import JsonObject, number, text
from clickpipes_mcp.simulator.envelope import acknowledged, bad_request, not_found, success
from clickpipes_mcp.simulator.http import paths
from clickpipes_mcp.simulator.http.requests import body_of, organization_of, service_of
from clickpipes_mcp.simulator.lifecycle import SERVICES, Mark
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.pipes.metrics import prometheus_text
from clickpipes_mcp.simulator.pipes.reading import (
    cdc_scaling_result,
    organization_result,
    service_result,
)
from clickpipes_mcp.simulator.world.organization import CdcScaling, Service, World

_GB_PER_CORE = 4
_MILLICORES = 1000


class ServiceRoutes:
    """Handlers over one world."""

    def __init__(self, world: World, options: SimulatorOptions) -> None:
        self._world = world
        self._is_reference_page = options.dialect == "reference-page"

    def routes(self) -> list[Route]:
        """The routes; the CDC path is the dialect's."""
        cdc = paths.CDC_SCALING_OF_REFERENCE_PAGE if self._is_reference_page else paths.CDC_SCALING
        return [
            Route(paths.ORGANIZATIONS, self.list_organizations, methods=["GET"]),
            Route("/v1/whoami", self.who_am_i, methods=["GET"]),
            Route(paths.ORGANIZATION, self.get_organization, methods=["GET"]),
            Route(f"{paths.ORGANIZATION}/activities", self.list_activities, methods=["GET"]),
            Route(f"{paths.ORGANIZATION}/prometheus", self.organization_metrics, methods=["GET"]),
            Route(paths.SERVICES, self.list_services, methods=["GET"]),
            Route(paths.SERVICE, self.get_service, methods=["GET"]),
            Route(f"{paths.SERVICE}/state", self.command, methods=["PATCH"]),
            Route(f"{paths.SERVICE}/prometheus", self.service_metrics, methods=["GET"]),
            Route(f"{paths.SERVICE}/serviceQueryEndpoint", self.query_endpoint, methods=["GET"]),
            Route(f"{paths.SERVICE}/serviceQueryEndpoint", self.bind_queries, methods=["POST"]),
            Route(f"{paths.SERVICE}/serviceQueryEndpoint", self.unbind_queries, methods=["DELETE"]),
            Route(cdc, self.get_cdc_scaling, methods=["GET"]),
            Route(cdc, self.update_cdc_scaling, methods=["PATCH"]),
        ]

    def _success(self, result: object) -> Response:
        return success(self._world.new_request_id(), result)

    async def list_organizations(self, _request: Request) -> Response:
        return self._success([organization_result(self._world)])

    async def get_organization(self, request: Request) -> Response:
        organization_of(self._world, request)
        return self._success(organization_result(self._world))

    async def who_am_i(self, _request: Request) -> Response:
        return self._success({"organizationId": self._world.organization_id})

    async def list_activities(self, request: Request) -> Response:
        organization_of(self._world, request)
        return self._success([])

    async def list_services(self, request: Request) -> Response:
        organization_of(self._world, request)
        now = self._world.now()
        return self._success([service_result(one, now) for one in self._world.services.values()])

    async def get_service(self, request: Request) -> Response:
        service = service_of(self._world, request)
        return self._success(service_result(service, self._world.now()))

    async def command(self, request: Request) -> Response:
        service = service_of(self._world, request)
        body = await body_of(request)
        services.STATE.require(body)
        command_service(self._world, service, text(body, "command"))
        return self._success(service_result(service, self._world.now()))

    async def service_metrics(self, request: Request) -> Response:
        service = service_of(self._world, request)
        return PlainTextResponse(prometheus_text(self._world, [service]))

    async def organization_metrics(self, request: Request) -> Response:
        organization_of(self._world, request)
        return PlainTextResponse(prometheus_text(self._world, [*self._world.services.values()]))

    async def query_endpoint(self, request: Request) -> Response:
        service = service_of(self._world, request)
        if service.query_endpoint is None:
            raise not_found("query endpoint not found")
        return self._success(service.query_endpoint)

    async def bind_queries(self, request: Request) -> Response:
        service = service_of(self._world, request)
        body = await body_of(request)
        names = ("roles", "openApiKeys", "allowedOrigins")
        service.query_endpoint = {
            "id": self._world.new_id(),
            **{name: body[name] for name in names if name in body},
        }
        self._world.touch()
        return self._success(service.query_endpoint)

    async def unbind_queries(self, request: Request) -> Response:
        service_of(self._world, request).query_endpoint = None
        self._world.touch()
        return acknowledged(self._world.new_request_id())

    def _shared_service(self, request: Request) -> Service:
        if not self._is_reference_page:
            return service_of(self._world, request)
        # The reference page knows no service here; the first with shared compute answers.
        organization_of(self._world, request)
        services = list(self._world.services.values())
        now = self._world.now()
        return next((one for one in services if one.has_database_pipe(now)), services[0])

    def _shared_compute(self, service: Service) -> CdcScaling:
        if not service.has_database_pipe(self._world.now()):
            raise not_found("CDC scaling is not available before the first database ClickPipe")
        return service.cdc

    async def get_cdc_scaling(self, request: Request) -> Response:
        compute = self._shared_compute(self._shared_service(request))
        return self._success(cdc_scaling_result(compute, self._world.now()))

    async def update_cdc_scaling(self, request: Request) -> Response:
        service = self._shared_service(request)
        wanted = _wanted_compute(await body_of(request))
        compute = self._shared_compute(service)
        now = self._world.now()
        cpu, memory = compute.at(now)
        service.cdc = CdcScaling(cpu, memory, *wanted, now)
        self._world.touch()
        return self._success(cdc_scaling_result(service.cdc, now))


def _wanted_compute(body: JsonObject) -> tuple[int, float]:
    services.CDC_SCALING.require(body)
    cpu = number(body, "replicaCpuMillicores", 0)
    memory = number(body, "replicaMemoryGb", cpu / _MILLICORES * _GB_PER_CORE)
    cpu = cpu or memory / _GB_PER_CORE * _MILLICORES
    if memory != cpu / _MILLICORES * _GB_PER_CORE:
        raise bad_request("replicaMemoryGb must be 4 times the number of CPU cores")
    return int(cpu), memory


def command_service(world: World, service: Service, command: str) -> None:
    """Apply a state command; `start` is for stopped services and does nothing to an idle one."""
    state = service.state(world.now())
    allowed = {"awake": ("idle",), "start": ("stopped",), "stop": ("running", "idle")}
    if state in allowed[command]:
        service.mark = Mark(SERVICES[command], world.now())
        world.touch()
