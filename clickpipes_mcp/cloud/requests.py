"""Every request this package can make, as data. Paths are written here and nowhere else.

Source of paths and keys: the published OpenAPI contract of ClickHouse Cloud; where the ClickPipes
API reference page says otherwise, the dialect decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeAlias, TypeVar, cast

from pydantic import JsonValue

from clickpipes_mcp.cloud import replies
from clickpipes_mcp.cloud.bodies import masked
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
from clickpipes_mcp.cloud.replies import Reader, many, one
from clickpipes_mcp.cloud.ssh_keys import SshKey
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.settings import ApiDialect

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Expected: TypeAlias = Literal["result", "nothing", "text", "document"]
StateCommand: TypeAlias = Literal["start", "stop", "resync"]
RequestBody: TypeAlias = dict[str, SendableBody]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

ORGANIZATIONS = "/v1/organizations"

_STATE_KEYS: dict[ApiDialect, str] = {"live": "command", "reference-page": "action"}
_CDC_SCALING_PATHS: dict[ApiDialect, str] = {
    "live": "{service}/clickpipesCdcScaling",
    "reference-page": "{organization}/clickpipes/cdcScaling",
}


@dataclass(frozen=True)
class RequestPreview:
    """A request as a person may see it before it is sent: secrets are masked."""

    method: Method
    path: str
    body: JsonValue


@dataclass(frozen=True)
class ApiRequest(Generic[T_co]):
    """One request, and how its answer is read.

    `missing` is the pipe that a 404 would mean does not exist; `only_asks` marks a request that
    changes nothing although its method says otherwise. `wakes` is the service that may be woken
    for it. `glance` makes what is read out of octets that echo no secret; None where it cannot.
    """

    operation: str
    method: Method
    path: str
    read: Reader[T_co] = field(compare=False, repr=False)
    body: RequestBody | None = None
    expects: Expected = "result"
    missing: str | None = None
    only_asks: bool = False
    wakes: str | None = None
    glance: Callable[[bytes], object] | None = field(default=None, compare=False, repr=False)

    @property
    def is_read(self) -> bool:
        return self.only_asks or self.method == "GET"

    def read_as(self, read: Reader[T], glance: Callable[[bytes], T | None]) -> "ApiRequest[T]":
        """The same request, of whose answer something else is read."""
        return replace(cast("ApiRequest[T]", self), read=read, glance=glance)

    def preview(self) -> RequestPreview:
        """What would be sent, fit to be shown."""
        return RequestPreview(self.method, self.path, masked(self.body))


def list_organizations() -> ApiRequest[list[Organization]]:
    """The organizations of the key: the API knows exactly one."""
    return ApiRequest("list_organizations", "GET", ORGANIZATIONS, many(Organization))


def get_document() -> ApiRequest[dict[str, JsonValue]]:
    """The OpenAPI document of the API: the one answer that stands in no envelope."""
    return ApiRequest("get_document", "GET", "/v1", replies.document, expects="document")


@dataclass(frozen=True)
class Requests:
    """Builds the requests of one organization in one dialect.

    Every method raises InvalidArguments when an id is not a UUID: ids become part of a path.
    """

    organization_id: str
    dialect: ApiDialect = "live"

    def list_services(self) -> ApiRequest[list[Service]]:
        return ApiRequest("list_services", "GET", f"{self._organization}/services", many(Service))

    def get_service(self, service_id: str) -> ApiRequest[Service]:
        return ApiRequest("get_service", "GET", self._service(service_id), one(Service))

    def wake_service(self, service_id: str) -> ApiRequest[Service]:
        path = f"{self._service(service_id)}/state"
        return ApiRequest("wake_service", "PATCH", path, one(Service), {"command": "awake"})

    def get_prometheus(self, service_id: str) -> ApiRequest[str]:
        path = f"{self._service(service_id)}/prometheus"
        return ApiRequest("get_prometheus", "GET", path, replies.text, expects="text")

    def list_pipes(self, service_id: str) -> ApiRequest[list[Pipe]]:
        return ApiRequest("list_pipes", "GET", self._pipes(service_id), many(Pipe))

    def get_pipe(self, service_id: str, pipe_id: str) -> ApiRequest[Pipe]:
        path = self._pipe(service_id, pipe_id)
        return ApiRequest("get_pipe", "GET", path, one(Pipe), missing=pipe_id)

    def create_pipe(self, service_id: str, body: RequestBody) -> ApiRequest[Pipe]:
        return ApiRequest(
            "create_pipe", "POST", self._pipes(service_id), one(Pipe), body, wakes=service_id
        )

    def update_pipe(self, service_id: str, pipe_id: str, body: RequestBody) -> ApiRequest[Pipe]:
        path = self._pipe(service_id, pipe_id)
        return ApiRequest(
            "update_pipe", "PATCH", path, one(Pipe), body, missing=pipe_id, wakes=service_id
        )

    def delete_pipe(self, service_id: str, pipe_id: str) -> ApiRequest[Receipt]:
        path = self._pipe(service_id, pipe_id)
        return ApiRequest(
            "delete_pipe", "DELETE", path, replies.receipt, expects="nothing", missing=pipe_id
        )

    def get_pipe_settings(self, service_id: str, pipe_id: str) -> ApiRequest[PipeSettings]:
        # A 404 here also means a database pipe, which exists but has no settings.
        return ApiRequest(
            "get_pipe_settings", "GET", self._settings(service_id, pipe_id), replies.settings
        )

    def put_pipe_settings(
        self, service_id: str, pipe_id: str, body: RequestBody
    ) -> ApiRequest[PipeSettings]:
        return ApiRequest(
            "put_pipe_settings", "PUT", self._settings(service_id, pipe_id), replies.settings, body
        )

    def scale_pipe(self, service_id: str, pipe_id: str, body: RequestBody) -> ApiRequest[Pipe]:
        path = f"{self._pipe(service_id, pipe_id)}/scaling"
        return ApiRequest("scale_pipe", "PATCH", path, one(Pipe), body, missing=pipe_id)

    def set_pipe_state(
        self, service_id: str, pipe_id: str, command: StateCommand
    ) -> ApiRequest[Pipe]:
        path = f"{self._pipe(service_id, pipe_id)}/state"
        body: RequestBody = {_STATE_KEYS[self.dialect]: command}
        return ApiRequest(f"{command}_pipe", "PATCH", path, one(Pipe), body, missing=pipe_id)

    def get_cdc_scaling(self, service_id: str) -> ApiRequest[CdcScaling]:
        return ApiRequest("get_cdc_scaling", "GET", self._cdc_scaling(service_id), one(CdcScaling))

    def update_cdc_scaling(self, service_id: str, body: RequestBody) -> ApiRequest[CdcScaling]:
        return ApiRequest(
            "update_cdc_scaling", "PATCH", self._cdc_scaling(service_id), one(CdcScaling), body
        )

    def discover_schema(self, service_id: str, body: RequestBody) -> ApiRequest[DiscoveredSchema]:
        path = f"{self._pipes(service_id)}/schemaDiscovery"
        return ApiRequest(
            "discover_schema", "POST", path, one(DiscoveredSchema), body, only_asks=True
        )

    def get_context(self, service_id: str) -> ApiRequest[ServiceContext]:
        return ApiRequest(
            "get_context", "GET", f"{self._pipes(service_id)}/context", one(ServiceContext)
        )

    def list_private_endpoints(self, service_id: str) -> ApiRequest[list[PrivateEndpoint]]:
        return ApiRequest(
            "list_private_endpoints", "GET", self._endpoints(service_id), many(PrivateEndpoint)
        )

    def get_private_endpoint(
        self, service_id: str, endpoint_id: str
    ) -> ApiRequest[PrivateEndpoint]:
        path = self._endpoint(service_id, endpoint_id)
        return ApiRequest("get_private_endpoint", "GET", path, one(PrivateEndpoint))

    def create_private_endpoint(
        self, service_id: str, body: RequestBody
    ) -> ApiRequest[PrivateEndpoint]:
        path = self._endpoints(service_id)
        return ApiRequest("create_private_endpoint", "POST", path, one(PrivateEndpoint), body)

    def update_private_endpoint(
        self, service_id: str, endpoint_id: str, body: RequestBody
    ) -> ApiRequest[PrivateEndpoint]:
        path = self._endpoint(service_id, endpoint_id)
        return ApiRequest("update_private_endpoint", "PATCH", path, one(PrivateEndpoint), body)

    def delete_private_endpoint(self, service_id: str, endpoint_id: str) -> ApiRequest[Receipt]:
        path = self._endpoint(service_id, endpoint_id)
        return ApiRequest(
            "delete_private_endpoint", "DELETE", path, replies.receipt, expects="nothing"
        )

    def list_ssh_keys(self, service_id: str) -> ApiRequest[list[SshKey]]:
        return ApiRequest("list_ssh_keys", "GET", self._ssh_keys(service_id), many(SshKey))

    def get_ssh_key(self, service_id: str, key_id: str) -> ApiRequest[SshKey]:
        return ApiRequest("get_ssh_key", "GET", self._ssh_key(service_id, key_id), one(SshKey))

    def create_ssh_key(self, service_id: str, body: RequestBody) -> ApiRequest[SshKey]:
        return ApiRequest("create_ssh_key", "POST", self._ssh_keys(service_id), one(SshKey), body)

    def validate_ssh_key(self, service_id: str, key_id: str) -> ApiRequest[SshKey]:
        path = f"{self._ssh_key(service_id, key_id)}/validate"
        return ApiRequest("validate_ssh_key", "POST", path, one(SshKey), {})

    def delete_ssh_key(self, service_id: str, key_id: str) -> ApiRequest[Receipt]:
        path = self._ssh_key(service_id, key_id)
        return ApiRequest("delete_ssh_key", "DELETE", path, replies.receipt, expects="nothing")

    @property
    def _organization(self) -> str:
        return f"{ORGANIZATIONS}/{_identifier('organization_id', self.organization_id)}"

    def _service(self, service_id: str) -> str:
        return f"{self._organization}/services/{_identifier('service_id', service_id)}"

    def _pipes(self, service_id: str) -> str:
        return f"{self._service(service_id)}/clickpipes"

    def _pipe(self, service_id: str, pipe_id: str) -> str:
        return f"{self._pipes(service_id)}/{_identifier('clickpipe_id', pipe_id)}"

    def _endpoints(self, service_id: str) -> str:
        return f"{self._service(service_id)}/clickpipesReversePrivateEndpoints"

    def _endpoint(self, service_id: str, endpoint_id: str) -> str:
        return f"{self._endpoints(service_id)}/{_identifier('endpoint_id', endpoint_id)}"

    def _ssh_keys(self, service_id: str) -> str:
        return f"{self._service(service_id)}/clickpipesSshKeyResources"

    def _ssh_key(self, service_id: str, key_id: str) -> str:
        return f"{self._ssh_keys(service_id)}/{_identifier('ssh_key_id', key_id)}"

    def _settings(self, service_id: str, pipe_id: str) -> str:
        return f"{self._pipe(service_id, pipe_id)}/settings"

    def _cdc_scaling(self, service_id: str) -> str:
        return _CDC_SCALING_PATHS[self.dialect].format(
            organization=self._organization, service=self._service(service_id)
        )


def _identifier(name: str, value: str) -> str:
    if is_uuid(value):
        return value
    raise InvalidArguments(
        [Problem(path=name, message="Must be a UUID.", fix="Take it from a list or get answer.")]
    )
