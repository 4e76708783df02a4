"""What the API answers. Tolerant: unknown fields are ignored, unknown states survive as text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from clickpipes_mcp.cloud.configuration import JsonObject, read_kind, read_object, read_objects
from clickpipes_mcp.cloud.outside_text import (
    Identifier,
    RequestId,
    Text,
    TextsByWord,
    Word,
    Words,
    is_truth,
    objects,
    plain,
    show_word,
)
from clickpipes_mcp.cloud.quantities import count, memory_gb, millicores
from clickpipes_mcp.cloud.truth import digest
from clickpipes_mcp.contract import Answer

UNKNOWN_STATE = "Unknown"
_A_MOMENT = TypeAdapter(datetime)


def shown_state(text: str) -> str:
    """A state as a word that is fit to be shown."""
    return show_word(text) or UNKNOWN_STATE


def _state(value: object, info: ValidationInfo) -> str:
    text = plain(value)
    return (text or UNKNOWN_STATE) if is_truth(info) else shown_state(text)


def _moment(value: object) -> datetime | None:
    try:
        moment = _A_MOMENT.validate_python(value)
    except ValidationError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _object_or_nothing(value: object) -> object:
    return value if isinstance(value, dict | Answer) else None


State: TypeAlias = Annotated[str, BeforeValidator(_state)]
Moment: TypeAlias = Annotated[datetime | None, BeforeValidator(_moment)]
Flag: TypeAlias = Annotated[bool | None, BeforeValidator(_flag)]
Configuration: TypeAlias = Annotated[JsonObject, PlainValidator(read_object)]
Configurations: TypeAlias = Annotated[list[JsonObject], PlainValidator(read_objects)]
Count: TypeAlias = Annotated[int | None, BeforeValidator(count)]
Millicores: TypeAlias = Annotated[int | None, BeforeValidator(millicores)]
MemoryGb: TypeAlias = Annotated[float | None, BeforeValidator(memory_gb)]


class Organization(Answer):
    """An organization; an API key belongs to exactly one."""

    id: Identifier
    name: Text = ""


class ServiceEndpoint(Answer):
    """Where a service can be reached for SQL."""

    protocol: Word = ""
    host: Word = ""
    port: Count = None


class Service(Answer):
    """A ClickHouse service, the destination of pipes. `iam_role` is what AWS sources trust."""

    id: Identifier
    name: Text = ""
    provider: Word = ""
    region: Word = ""
    state: State = UNKNOWN_STATE
    iam_role: Word = ""
    clickhouse_version: Word = ""
    idle_scaling: Flag = None
    created_at: Moment = None
    endpoints: Annotated[tuple[ServiceEndpoint, ...], BeforeValidator(objects)] = ()
    request_id: RequestId = None

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
    request_id: RequestId = None


class PipeSettings(Answer):
    """Advanced settings of a pipe under the API's own (snake_case) names."""

    values: Configuration = Field(default_factory=dict)
    request_id: RequestId = None


class Sent(NamedTuple):
    """What tells a pipe from others, as it arrived: to decide by, never to show."""

    id: str
    name: str
    arm: str
    source_type: str | None


def _sent(arrived: Mapping[str, object]) -> Sent:
    """Read without the rest of an answer that may hold hundreds of tables."""
    source = arrived.get("source")
    arms = source.items() if isinstance(source, dict) else ()
    arm, body = next(((key, body) for key, body in arms if isinstance(body, dict)), ("", {}))
    kind = body.get("type")
    return Sent(
        plain(arrived["id"]),
        plain(arrived.get("name")),
        plain(arm),
        plain(kind) if isinstance(kind, str) and kind else None,
    )


class PipeHead(Answer):
    """What tells a ClickPipe from others; of its source it keeps only what kind it is."""

    id: Identifier
    service_id: Word = ""
    name: Text = ""
    state: State = UNKNOWN_STATE
    source: Annotated[JsonObject, PlainValidator(read_kind)] = Field(default_factory=dict)

    @property
    def sent(self) -> Sent:
        """The same as of `truth`, without reading all of it."""
        arrived = self._arrived
        if arrived is not None:
            return _sent(arrived)
        truth = self.truth
        return Sent(truth.id, truth.name, truth.arm, truth.source_type)

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


class Pipe(PipeHead):
    """A ClickPipe. Source, destination and settings keep the API's keys; secrets never return."""

    source: Configuration = Field(default_factory=dict)
    destination: Configuration = Field(default_factory=dict)
    field_mappings: Configurations = Field(default_factory=list)
    scaling: Annotated[Scaling | None, BeforeValidator(_object_or_nothing)] = None
    settings: Configuration = Field(default_factory=dict)
    created_at: Moment = None
    updated_at: Moment = None
    request_id: RequestId = None

    def version(self, key: bytes) -> str:
        """A digest of everything that a person's consent is bound to."""
        sent = self.truth
        changed = sent.updated_at.isoformat() if sent.updated_at else ""
        return digest([sent.id, sent.name, sent.state, changed, self._configuration], key)

    @property
    def _configuration(self) -> JsonValue:
        sent = self.truth
        return {
            "source": sent.source,
            "destination": sent.destination,
            "fieldMappings": list[JsonValue](sent.field_mappings),
            "settings": sent.settings,
        }


class DiscoveredField(Answer):
    """A field found in the source, with the ClickHouse type inferred for it."""

    name: Text = ""
    type: Text = ""
    optional: Flag = None


class DiscoveredSchema(Answer):
    """What the API found in a sample of the source."""

    fields: Annotated[tuple[DiscoveredField, ...], BeforeValidator(objects)] = ()
    meta: TextsByWord = Field(default_factory=dict)


class GcpWorkloadIdentity(Answer):
    """The Google identity of a service; `principal` is usable once it is `ready`."""

    supported: Flag = None
    ready: Flag = None
    principal: Word = ""


class ServiceContext(Answer):
    """What a service offers to its pipes."""

    gcp_workload_identity: Annotated[
        GcpWorkloadIdentity | None, BeforeValidator(_object_or_nothing)
    ] = None


class PrivateDnsMapping(Answer):
    """A DNS name that leads to an endpoint; `target_id` where it leads to one resource of it."""

    private_dns_name: Word = ""
    target_id: Word = ""


class DnsTarget(Answer):
    """A resource behind a VPC resource endpoint, to which a custom DNS name can lead."""

    id: Word = ""
    internal_dns_name: Word = ""


class PrivateEndpoint(Answer):
    """A reverse private endpoint: the way from ClickPipes into somebody's private network.

    `dns_targets` and `target_id` are newer than the published contract; source: the Terraform
    provider and clickhousectl.
    """

    id: Identifier
    service_id: Word = ""
    description: Text = ""
    type: Word = ""
    status: State = UNKNOWN_STATE
    endpoint_id: Word = ""
    dns_names: Words = ()
    private_dns_names: Words = ()
    custom_private_dns_mappings: Annotated[
        tuple[PrivateDnsMapping, ...], BeforeValidator(objects)
    ] = ()
    dns_targets: Annotated[tuple[DnsTarget, ...], BeforeValidator(objects)] = ()
    vpc_endpoint_service_name: Word = ""
    vpc_resource_configuration_id: Word = ""
    vpc_resource_share_arn: Word = ""
    msk_cluster_arn: Word = ""
    msk_authentication: Word = ""
    gcp_service_attachment: Word = ""
    request_id: RequestId = None

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

    def version(self, key: bytes) -> str:
        """A digest of everything that a person's consent is bound to."""
        sent = self.truth
        listed = {"dns_names", "private_dns_names", "custom_private_dns_mappings", "dns_targets"}
        facts = sent.model_dump(mode="json", exclude={"request_id", *listed})
        mapped = {(one.private_dns_name, one.target_id) for one in sent.custom_private_dns_mappings}
        targets = {(one.id, one.internal_dns_name) for one in sent.dns_targets}
        return digest(
            {
                **facts,
                "names": list[JsonValue](sorted(sent.names)),
                "mapped": [list[JsonValue](pair) for pair in sorted(mapped)],
                "targets": [list[JsonValue](pair) for pair in sorted(targets)],
            },
            key,
        )


class Receipt(Answer):
    """Acknowledges a write that answers nothing else."""

    request_id: RequestId = None
