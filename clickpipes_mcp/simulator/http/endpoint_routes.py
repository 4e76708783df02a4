"""Reverse private endpoints."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickpipes_mcp.simulator.contract import services
from clickpipes_mcp.simulator.documents import (
    Document,
    JsonObject,
    is_given,
    items,
    text,
    without_nulls,
)
from clickpipes_mcp.simulator.envelope import acknowledged, bad_request, success
from clickpipes_mcp.simulator.http import paths
from clickpipes_mcp.simulator.http.requests import body_of, endpoint_of, service_of
from clickpipes_mcp.simulator.lifecycle import ENDPOINTS, Mark
from clickpipes_mcp.simulator.pipes.reading import endpoint_result
from clickpipes_mcp.simulator.world.network import Endpoint
from clickpipes_mcp.simulator.world.organization import Service, World

# Source: OpenAPI contract, CreateReversePrivateEndpoint.
COMPANIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "VPC_ENDPOINT_SERVICE": ("vpcEndpointServiceName",),
    "VPC_RESOURCE": ("vpcResourceConfigurationId", "vpcResourceShareArn"),
    "MSK_MULTI_VPC": ("mskClusterArn", "mskAuthentication"),
    "GCP_PSC_SERVICE_ATTACHMENT": ("gcpServiceAttachment",),
}
# The owner of the other side has to accept these.
_NEEDS_ACCEPTANCE: Final = frozenset({"VPC_ENDPOINT_SERVICE", "GCP_PSC_SERVICE_ATTACHMENT"})
_WITHOUT_DNS: Final = "MSK_MULTI_VPC"
_DNS_NAME: Final = re.compile(r"\A(\*\.)?[A-Za-z0-9_-]++(\.[A-Za-z0-9_-]++)+")
# A description holding one of these words ends so, in this world.
_FATES: Final = ("rejected", "expired", "failed")


class EndpointRoutes:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(paths.ENDPOINTS, self.list_endpoints, methods=["GET"]),
            Route(paths.ENDPOINTS, self.create, methods=["POST"]),
            Route(paths.ENDPOINT, self.get, methods=["GET"]),
            Route(paths.ENDPOINT, self.update, methods=["PATCH"]),
            Route(paths.ENDPOINT, self.delete, methods=["DELETE"]),
        ]

    def _success(self, result: object) -> Response:
        return success(self._world.new_request_id(), result)

    async def list_endpoints(self, request: Request) -> Response:
        service = service_of(self._world, request)
        now = self._world.now()
        return self._success([endpoint_result(one, now) for one in service.visible_endpoints(now)])

    async def create(self, request: Request) -> Response:
        service = service_of(self._world, request)
        body = await body_of(request)
        services.ENDPOINT_CREATE.require(body)
        now = self._world.now()
        for refused in _problems(service, body, now):
            raise bad_request(refused)
        endpoint = Endpoint(
            self._world.new_id(),
            service.id,
            without_nulls(body),
            Mark(ENDPOINTS[_fate(body)], now),
        )
        service.endpoints[endpoint.id] = endpoint
        self._world.touch()
        return self._success(endpoint_result(endpoint, now))

    async def get(self, request: Request) -> Response:
        _, endpoint = endpoint_of(self._world, request)
        return self._success(endpoint_result(endpoint, self._world.now()))

    async def update(self, request: Request) -> Response:
        service, endpoint = endpoint_of(self._world, request)
        body = await body_of(request)
        services.ENDPOINT_UPDATE.require(body)
        now = self._world.now()
        kind = text(endpoint.request, "type")
        for refused in _dns_problems(service, {**body, "type": kind}, now, endpoint.id):
            raise bad_request(refused)
        endpoint.request = {**endpoint.request, **body}
        self._world.touch()
        return self._success(endpoint_result(endpoint, now))

    async def delete(self, request: Request) -> Response:
        _, endpoint = endpoint_of(self._world, request)
        now = self._world.now()
        if endpoint.deleted_at is None:
            endpoint.deleted_at = now
            endpoint.mark = Mark(ENDPOINTS["delete"], now)
            self._world.touch()
        return acknowledged(self._world.new_request_id())


def _fate(body: JsonObject) -> str:
    description = text(body, "description").lower()
    for fate in _FATES:
        if fate in description:
            return fate
    return "pending" if text(body, "type") in _NEEDS_ACCEPTANCE else "accepted"


def _problems(service: Service, body: Document, now: float) -> Iterator[str]:
    kind = text(body, "type")
    for name in COMPANIONS[kind]:
        if not is_given(body, name):
            yield f"{name} is required for {kind}"
    yield from _dns_problems(service, body, now, "")


def _dns_problems(service: Service, body: Document, now: float, own_id: str) -> Iterator[str]:
    names = [text(item, "privateDnsName") for item in items(body, "customPrivateDnsMappings")]
    if names and text(body, "type") == _WITHOUT_DNS:
        yield f"customPrivateDnsMappings is not supported for {_WITHOUT_DNS}"
    taken = {
        text(item, "privateDnsName")
        for other in service.visible_endpoints(now)
        if other.id != own_id
        for item in items(other.request, "customPrivateDnsMappings")
    }
    for name in names:
        if not _DNS_NAME.fullmatch(name):
            yield f"request body.customPrivateDnsMappings.privateDnsName: '{name}'"
        if name in taken or names.count(name) > 1:
            yield f"private DNS name {name} is already in use"
