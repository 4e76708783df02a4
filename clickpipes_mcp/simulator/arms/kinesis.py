"""Amazon Kinesis."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms._arm import EXAMPLE_ROLE, Arm, lacking_halves, streaming
from clickpipes_mcp.simulator.arms._record_schemas import schema_problems
from clickpipes_mcp.simulator.contract.kinesis import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, is_given, text


def _keys(source: Document) -> Iterator[str]:
    method = text(source, "authentication")
    if method == "IAM_ROLE" and not is_given(source, "iamRole"):
        yield "iamRole is required for IAM_ROLE authentication"
    if method == "IAM_USER":
        yield from lacking_halves(source, "accessKey", "accessKeyId", "secretKey")


def _rules(source: Document) -> Iterator[str]:
    yield from _keys(source)
    if text(source, "iteratorType") == "AT_TIMESTAMP" and not is_given(source, "timestamp"):
        yield "timestamp is required for AT_TIMESTAMP iterator type"
    yield from schema_problems(source)
    if text(source, "format") == "AvroConfluent" and not is_given(source, "schemaRegistry"):
        yield "schemaRegistry is required for the AvroConfluent format"


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="Kinesis",
    family=streaming,
    addresses=("streamName", "iamRole"),
    secrets=(("accessKey",), ("protobufSchema",)),
    rules=_rules,
    patch_rules=_keys,
    example={
        "format": "JSONEachRow",
        "streamName": "clicks",
        "region": "us-east-1",
        "iteratorType": "LATEST",
        "authentication": "IAM_ROLE",
        "iamRole": EXAMPLE_ROLE,
    },
    default_settings={"streaming_max_insert_wait_ms": 5000},
)
