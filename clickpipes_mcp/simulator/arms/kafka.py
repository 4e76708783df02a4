"""Kafka and what speaks its protocol."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from clickpipes_mcp.simulator.arms._arm import (
    WORKLOAD_IDENTITY,
    Arm,
    lacking_halves,
    streaming,
)
from clickpipes_mcp.simulator.arms._record_schemas import is_glue, schema_problems
from clickpipes_mcp.simulator.contract.kafka import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, JsonObject, child, is_given, text

# Source: OpenAPI contract, authentication of ClickPipePostKafkaSource. Two departures seen live:
# the plain `kafka` type takes IAM_ROLE (clickhousectl smoke test) and redpanda refuses MUTUAL_TLS
# (clickhousectl end-to-end Kafka stage).
AUTHENTICATIONS: Final[Mapping[str, frozenset[str]]] = {
    "kafka": frozenset({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "MUTUAL_TLS", "IAM_ROLE"}),
    "msk": frozenset({"SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS"}),
    "gcmk": frozenset({"PLAIN", "MUTUAL_TLS", WORKLOAD_IDENTITY}),
    "confluent": frozenset({"PLAIN", "MUTUAL_TLS"}),
    "warpstream": frozenset({"PLAIN"}),
    "azureeventhub": frozenset({"PLAIN"}),
    "redpanda": frozenset({"SCRAM-SHA-256", "SCRAM-SHA-512"}),
    "dokafka": frozenset({"SCRAM-SHA-256", "MUTUAL_TLS"}),
}
_LOGIN: Final = ("username", "password")
CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "PLAIN": _LOGIN,
    "SCRAM-SHA-256": _LOGIN,
    "SCRAM-SHA-512": _LOGIN,
    "IAM_USER": ("accessKeyId", "secretKey"),
    "MUTUAL_TLS": ("certificate", "privateKey"),
}
_MINUTE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_EVENT_HUBS: Final = "azureeventhub"
_CONFLUENT_ONLY: Final = ("url", "authentication", "credentials", "caCertificate")
_GLUE_ONLY: Final = ("glueRegion", "glueRegistryName", "glueRoleArn")
_IAM: Final = frozenset({"IAM_ROLE", "IAM_USER"})


def _credentials(source: Document) -> Iterator[str]:
    method = text(source, "authentication")
    if method == "IAM_ROLE" and not is_given(source, "iamRole"):
        yield "iamRole is required for IAM_ROLE authentication"
    if method == WORKLOAD_IDENTITY and is_given(source, "credentials"):
        yield f"credentials are not allowed for {method} authentication"
    if text(source, "type") == _EVENT_HUBS and is_given(
        child(source, "credentials"), "connectionString"
    ):
        return
    for lack in lacking_halves(source, "credentials", *CREDENTIALS.get(method, ())):
        yield f"{lack} for {method} authentication"


def _glue(source: Document) -> Iterator[str]:
    registry = child(source, "schemaRegistry")
    for name in ("glueRegion", "glueRegistryName"):
        if not is_given(registry, name):
            yield f"request body.source.kafka.schemaRegistry.{name}: 'undefined'"
    for name in _CONFLUENT_ONLY:
        if is_given(registry, name):
            yield f"schemaRegistry.{name} is not supported for a glue schemaRegistry"
    # Glue is asked as the brokers are, by IAM; where they are not, a role has to be named.
    if not is_given(registry, "glueRoleArn") and text(source, "authentication") not in _IAM:
        yield "schemaRegistry.glueRoleArn is required unless the brokers use IAM authentication"


def _confluent(source: Document) -> Iterator[str]:
    registry = child(source, "schemaRegistry")
    for name in _GLUE_ONLY:
        if is_given(registry, name):
            yield f"schemaRegistry.{name} is only supported for a glue schemaRegistry"
    url = text(registry, "url")
    if url and not url.startswith("https://"):
        yield f"request body.source.kafka.schemaRegistry.url: '{url}'"
    if not url:
        yield "request body.source.kafka.schemaRegistry.url: 'undefined'"
    if is_given(registry, "credentials"):
        yield from lacking_halves(registry, "credentials", *_LOGIN)


def _offset(source: Document) -> Iterator[str]:
    offset = child(source, "offset")
    if text(offset, "strategy") != "from_timestamp":
        return
    timestamp = text(offset, "timestamp")
    if not timestamp:
        yield "offset.timestamp is required for from_timestamp strategy"
    elif not _MINUTE.fullmatch(timestamp):
        yield f"request body.source.kafka.offset.timestamp: '{timestamp}'"


def _rules(source: Document) -> Iterator[str]:
    flavour, method = text(source, "type"), text(source, "authentication")
    if method and method not in AUTHENTICATIONS[flavour]:
        yield f"{flavour} does not support {method} authentication"
    yield from _credentials(source)
    yield from schema_problems(source)
    if is_given(source, "schemaRegistry"):
        yield from _glue(source) if is_glue(source) else _confluent(source)
    if is_given(source, "tombstoneMode") and not source.get("exactlyOnce"):
        yield 'tombstoneMode "delete" requires exactlyOnce'
    yield from _offset(source)


def _patch_rules(patch: Document) -> Iterator[str]:
    if is_given(child(patch, "schemaRegistry"), "credentials"):
        yield "schema registry credentials cannot be updated"
    method = text(patch, "authentication")
    # Only Event Hubs takes a connection string, and a patch does not say whose it is.
    is_whole = is_given(child(patch, "credentials"), "connectionString") and method == "PLAIN"
    if is_given(patch, "credentials") and method in CREDENTIALS and not is_whole:
        yield from lacking_halves(patch, "credentials", *CREDENTIALS[method])


def _show(source: JsonObject) -> JsonObject:
    # An empty list of endpoints reads back as null (clickhousectl pull request 207).
    return {**source, "reversePrivateEndpointIds": source.get("reversePrivateEndpointIds") or None}


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="Kafka",
    family=streaming,
    addresses=("brokers", "topics", "iamRole"),
    secrets=(("credentials",), ("protobufSchema",), ("schemaRegistry", "credentials")),
    rules=_rules,
    patch_rules=_patch_rules,
    show=_show,
    named_after=lambda pipe_id: {"consumerGroup": f"clickpipes-{pipe_id}"},
    example={
        "type": "confluent",
        "format": "JSONEachRow",
        "brokers": "broker-1.kafka.simulated.example:9092",
        "topics": "orders",
        "authentication": "PLAIN",
    },
    own_settings=("kafka_read_committed",),
    default_settings={"streaming_max_insert_wait_ms": 5000, "kafka_read_committed": False},
)
