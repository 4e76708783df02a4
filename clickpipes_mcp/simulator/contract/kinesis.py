"""Amazon Kinesis."""

from typing import Final

from clickpipes_mcp.simulator.contract._shapes import (
    ACCESS_KEY,
    FLAG,
    NAME,
    PROTOBUF_SCHEMA,
    Properties,
    choice,
    or_null,
    picked,
    structure,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

_GLUE: Final = structure(
    {
        "type": choice("glue"),
        "glueRegion": NAME,
        "glueRegistryName": NAME,
        "glueRoleArn": or_null(NAME),
    },
    ("type", "glueRegion", "glueRegistryName"),
)
_CREATE: Final[Properties] = {
    "format": choice("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "streamName": NAME,
    "region": NAME,
    "useEnhancedFanOut": or_null(FLAG),
    "iteratorType": choice("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
    "timestamp": or_null({"type": "integer"}),
    "authentication": choice("IAM_ROLE", "IAM_USER"),
    "iamRole": or_null(NAME),
    "accessKey": or_null(ACCESS_KEY),
    "protobufSchema": or_null(PROTOBUF_SCHEMA),
    "schemaRegistry": or_null(_GLUE),
}
# Accepted without effect. Source: the Terraform provider, which sends them with every update.
_IGNORED: Final = (
    "format", "streamName", "region", "useEnhancedFanOut", "iteratorType", "timestamp",
)  # fmt: skip
_PATCHED: Final = ("authentication", "iamRole", "accessKey")

SCHEMAS: Final = source_schemas(
    "kinesis",
    structure(_CREATE, ("format", "streamName", "region", "iteratorType", "authentication")),
    structure(
        {
            **picked(_CREATE, *_IGNORED, *_PATCHED),
            "authentication": or_null(_CREATE["authentication"]),
        }
    ),
    _PATCHED,
    is_discoverable=True,
)
