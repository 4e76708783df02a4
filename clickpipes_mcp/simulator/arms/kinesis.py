"""Amazon Kinesis."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms._arm import Arm, kind, lacking_halves, streaming
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
    is_protobuf = text(source, "format") == "Protobuf"
    if is_given(source, "protobufSchema") and not is_protobuf:
        yield "protobufSchema is only valid for the Protobuf format"
    if is_protobuf and not is_given(source, "protobufSchema"):
        yield "protobufSchema is required for the Protobuf format"


ARM: Final = Arm(
    key="kinesis",
    label="Kinesis",
    family=streaming,
    addresses=("streamName", "iamRole"),
    secrets=(("accessKey",), ("protobufSchema",), ("schemaRegistry", "credentials")),
    rules=_rules,
    patch_rules=_keys,
    patchable=frozenset({"authentication", "iamRole", "accessKey"}),
    flavour=kind("kinesis"),
    discoverable=True,
    default_settings={"streaming_max_insert_wait_ms": 5000},
)
