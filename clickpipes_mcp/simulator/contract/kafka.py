"""Kafka and what speaks its protocol."""

from typing import Final

from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    LOGIN,
    NAME,
    PROTOBUF_SCHEMA,
    SECRET,
    SSH_KEY_RESOURCE_ID,
    TEXT,
    WORKLOAD_IDENTITY,
    Properties,
    array,
    choice,
    or_null,
    picked,
    structure,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

# The published oneOf of the four pairs is all-optional and so refuses everything; the pairs are
# checked as rules, here only the names of their halves are known.
_CREDENTIALS: Final = structure(
    dict.fromkeys(
        ("username", "password", "accessKeyId", "secretKey", "connectionString", "certificate",
         "privateKey"), SECRET,
    ),
    writeOnly=True,
)  # fmt: skip
_OFFSET: Final = structure(
    {
        "strategy": choice("from_beginning", "from_latest", "from_timestamp"),
        "timestamp": or_null(TEXT),
    },
    ("strategy",),
)
# Source of the Glue names: the body that clickhousectl 0.5.0 sends and the provider's models.
_REGISTRY: Final = structure(
    {
        "type": choice("confluent", "glue"),
        "url": or_null(NAME),
        "authentication": or_null(choice("PLAIN")),
        "credentials": or_null(LOGIN),
        "caCertificate": or_null(NAME),
        "glueRegion": or_null(NAME),
        "glueRegistryName": or_null(NAME),
        "glueRoleArn": or_null(NAME),
    }
)
_CREATE: Final[Properties] = {
    "type": choice(
        "kafka", "redpanda", "msk", "gcmk", "confluent", "warpstream", "azureeventhub", "dokafka"
    ),
    "format": choice("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "brokers": NAME,
    "topics": NAME,
    "consumerGroup": or_null(NAME),
    "authentication": or_null(
        choice(
            "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS",
            WORKLOAD_IDENTITY,
        )
    ),
    "iamRole": or_null(NAME),
    "credentials": or_null(_CREDENTIALS),
    "offset": or_null(_OFFSET),
    "schemaRegistry": or_null(_REGISTRY),
    "caCertificate": or_null(NAME),
    "reversePrivateEndpointIds": or_null(array(NAME)),
    "exactlyOnce": or_null(FLAG),
    "protobufSchema": or_null(PROTOBUF_SCHEMA),
    "tombstoneMode": or_null(choice("delete")),
    SSH_KEY_RESOURCE_ID: or_null(NAME),
}  # fmt: skip
# Accepted without effect. Source: the description of clickPipeUpdate in the contract of September
# 2026, which names exactly these; credentials of the registry among them are refused by a rule.
_IGNORED: Final = (
    "type", "format", "brokers", "topics", "consumerGroup", "offset", "schemaRegistry",
    "exactlyOnce",
)  # fmt: skip
_PATCHED: Final = (
    "authentication", "iamRole", "caCertificate", "reversePrivateEndpointIds", "credentials",
)  # fmt: skip

SCHEMAS: Final = source_schemas(
    "kafka",
    structure(_CREATE, ("type", "format", "brokers", "topics")),
    structure(picked(_CREATE, *_IGNORED, *_PATCHED)),
    _PATCHED,
    is_discoverable=True,
)
