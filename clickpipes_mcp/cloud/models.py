"""What the API answers. Tolerant: unknown fields are ignored, unknown states survive as text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue, TypeAdapter, ValidationError

from clickpipes_mcp.cloud.configuration import JsonObject, digest, tidied
from clickpipes_mcp.cloud.quantities import count, memory_gb, millicores
from clickpipes_mcp.contract import Answer

UNKNOWN_STATE = "Unknown"
_A_MOMENT = TypeAdapter(datetime)


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _state(value: object) -> str:
    return _text(value) or UNKNOWN_STATE


def _moment(value: object) -> datetime | None:
    try:
        moment = _A_MOMENT.validate_python(value)
    except ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _objects(value: object) -> list[object]:
    items = value if isinstance(value, list | tuple) else []
    return [item for item in items if isinstance(item, dict | Answer)]


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else []
    return [item for item in items if isinstance(item, str) and item]


def _tidied_list(value: object) -> list[JsonObject]:
    return [tidied(item) for item in _objects(value)]


def _object_or_nothing(value: object) -> object:
    return value if isinstance(value, dict | Answer) else None


def _words(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key): _text(item) for key, item in value.items() if item is not None}


Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
State: TypeAlias = Annotated[str, BeforeValidator(_state)]
Moment: TypeAlias = Annotated[datetime | None, BeforeValidator(_moment)]
Flag: TypeAlias = Annotated[bool | None, BeforeValidator(_flag)]
Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Configuration: TypeAlias = Annotated[JsonObject, BeforeValidator(tidied)]
Count: TypeAlias = Annotated[int | None, BeforeValidator(count)]
Millicores: TypeAlias = Annotated[int | None, BeforeValidator(millicores)]
MemoryGb: TypeAlias = Annotated[float | None, BeforeValidator(memory_gb)]
Identifier: TypeAlias = Annotated[str, Field(min_length=1)]


class Organization(Answer):
    """An organization; an API key belongs to exactly one."""

    id: Identifier
    name: Text = ""


class ServiceEndpoint(Answer):
    """Where a service can be reached for SQL."""

    protocol: Text = ""
    host: Text = ""
    port: Count = None


class Service(Answer):
    """A ClickHouse service, the destination of pipes. `iam_role` is what AWS sources trust."""

    id: Identifier
    name: Text = ""
    provider: Text = ""
    region: Text = ""
    state: State = UNKNOWN_STATE
    iam_role: Text = ""
    clickhouse_version: Text = ""
    idle_scaling: Flag = None
    created_at: Moment = None
    endpoints: Annotated[tuple[ServiceEndpoint, ...], BeforeValidator(_objects)] = ()
    request_id: str | None = None

    @property
    def is_running(self) -> bool:
        """Whether it accepts pipes; a partially running one does not."""
        return self.state == "running"


class Scaling(Answer):
    """Resources of one pipe. None is not set, or not settled yet."""

    replicas: Count = None
    replica_cpu_millicores: Millicores = None
    replica_memory_gb: MemoryGb = None
    concurrency: Count = None


class CdcScaling(Answer):
    """Resources that all database pipes of a service share."""

    replica_cpu_millicores: Millicores = None
    replica_memory_gb: MemoryGb = None
    request_id: str | None = None


class PipeSettings(Answer):
    """Advanced settings of a pipe under the API's own (snake_case) names."""

    values: Configuration = Field(default_factory=dict)
    request_id: str | None = None


class Pipe(Answer):
    """A ClickPipe. Source, destination and settings keep the API's keys; secrets never return."""

    id: Identifier
    service_id: Text = ""
    name: Text = ""
    state: State = UNKNOWN_STATE
    source: Configuration = Field(default_factory=dict)
    destination: Configuration = Field(default_factory=dict)
    field_mappings: Annotated[list[JsonObject], BeforeValidator(_tidied_list)] = Field(
        default_factory=list
    )
    scaling: Annotated[Scaling | None, BeforeValidator(_object_or_nothing)] = None
    settings: Configuration = Field(default_factory=dict)
    created_at: Moment = None
    updated_at: Moment = None
    request_id: str | None = None

    @property
    def arm(self) -> str:
        """The key under `source` that is in use; empty when the answer has none."""
        return next((key for key, value in self.source.items() if isinstance(value, dict)), "")

    @property
    def arm_body(self) -> Mapping[str, JsonValue]:
        """What stands under that key."""
        body = self.source.get(self.arm)
        return body if isinstance(body, dict) else {}

    @property
    def source_type(self) -> str | None:
        """The arm's `type`, where this kind of source has one."""
        kind = self.arm_body.get("type")
        return kind if isinstance(kind, str) and kind else None

    @property
    def configuration_version(self) -> str:
        """A digest of what the pipe is set up to do, the same on every read of it."""
        return digest(
            {
                "source": self.source,
                "destination": self.destination,
                "fieldMappings": list(self.field_mappings),
                "settings": self.settings,
            }
        )

    @property
    def version(self) -> str:
        """A digest of everything that a person's consent is bound to."""
        return digest(
            [
                self.id,
                self.name,
                self.state,
                self.updated_at.isoformat() if self.updated_at else "",
                self.configuration_version,
            ]
        )


class DiscoveredField(Answer):
    """A field found in the source, with the ClickHouse type inferred for it."""

    name: Text = ""
    type: Text = ""
    optional: Flag = None


class DiscoveredSchema(Answer):
    """What the API found in a sample of the source."""

    fields: Annotated[tuple[DiscoveredField, ...], BeforeValidator(_objects)] = ()
    meta: Annotated[dict[str, str], BeforeValidator(_words)] = Field(default_factory=dict)


class GcpWorkloadIdentity(Answer):
    """The Google identity of a service; `principal` is usable once it is `ready`."""

    supported: Flag = None
    ready: Flag = None
    principal: Text = ""


class ServiceContext(Answer):
    """What a service offers to its pipes."""

    gcp_workload_identity: Annotated[
        GcpWorkloadIdentity | None, BeforeValidator(_object_or_nothing)
    ] = None


class PrivateDnsMapping(Answer):
    """A DNS name that leads to an endpoint; `target_id` where it leads to one resource of it."""

    private_dns_name: Text = ""
    target_id: Text = ""


class DnsTarget(Answer):
    """A resource behind a VPC resource endpoint, to which a custom DNS name can lead."""

    id: Text = ""
    internal_dns_name: Text = ""


class PrivateEndpoint(Answer):
    """A reverse private endpoint: the way from ClickPipes into somebody's private network.

    `dns_targets` and `target_id` are newer than the published contract; source: the Terraform
    provider and clickhousectl.
    """

    id: Identifier
    service_id: Text = ""
    description: Text = ""
    type: Text = ""
    status: State = UNKNOWN_STATE
    endpoint_id: Text = ""
    dns_names: Texts = ()
    private_dns_names: Texts = ()
    custom_private_dns_mappings: Annotated[
        tuple[PrivateDnsMapping, ...], BeforeValidator(_objects)
    ] = ()
    dns_targets: Annotated[tuple[DnsTarget, ...], BeforeValidator(_objects)] = ()
    vpc_endpoint_service_name: Text = ""
    vpc_resource_configuration_id: Text = ""
    vpc_resource_share_arn: Text = ""
    msk_cluster_arn: Text = ""
    msk_authentication: Text = ""
    gcp_service_attachment: Text = ""
    request_id: str | None = None

    @property
    def custom_names(self) -> tuple[str, ...]:
        """The custom DNS names, which may begin with a wildcard."""
        return tuple(
            mapping.private_dns_name
            for mapping in self.custom_private_dns_mappings
            if mapping.private_dns_name
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every DNS name under which the endpoint may be reached."""
        return (*self.dns_names, *self.private_dns_names, *self.custom_names)

    @property
    def version(self) -> str:
        """A digest of everything that a person's consent is bound to."""
        listed = {"dns_names", "private_dns_names", "custom_private_dns_mappings", "dns_targets"}
        facts = self.model_dump(mode="json", exclude={"request_id", *listed})
        mapped = {(one.private_dns_name, one.target_id) for one in self.custom_private_dns_mappings}
        targets = {(one.id, one.internal_dns_name) for one in self.dns_targets}
        return digest(
            {
                **facts,
                "names": list[JsonValue](sorted(self.names)),
                "mapped": [list[JsonValue](pair) for pair in sorted(mapped)],
                "targets": [list[JsonValue](pair) for pair in sorted(targets)],
            }
        )


class Receipt(Answer):
    """Acknowledges a write that answers nothing else."""

    request_id: str | None = None
