"""Google Pub/Sub."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms._arm import WORKLOAD_IDENTITY, Arm, streaming
from clickpipes_mcp.simulator.contract.pubsub import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, is_given, text


def _no_key_with_workload_identity(source: Document) -> Iterator[str]:
    if text(source, "authentication") == WORKLOAD_IDENTITY and is_given(
        source, "serviceAccountKey"
    ):
        yield f"serviceAccountKey is not allowed for {WORKLOAD_IDENTITY} authentication"


def _rules(source: Document) -> Iterator[str]:
    yield from _no_key_with_workload_identity(source)
    if text(source, "authentication") == "SERVICE_ACCOUNT" and not is_given(
        source, "serviceAccountKey"
    ):
        yield "request body.source.pubsub.serviceAccountKey: 'undefined'"
    seeks_time = text(source, "seekType") == "timestamp"
    if seeks_time and not is_given(source, "seekTimestamp"):
        yield "seekTimestamp is required for timestamp seek type"
    if is_given(source, "seekTimestamp") and not seeks_time:
        yield "seekTimestamp is only valid for timestamp seek type"


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="Pub/Sub",
    family=streaming,
    addresses=("projectId", "topic"),
    secrets=(("serviceAccountKey",),),
    rules=_rules,
    patch_rules=_no_key_with_workload_identity,
    example={
        "format": "JSONEachRow",
        "projectId": "simulated-project",
        "topic": "sensors",
        "authentication": "SERVICE_ACCOUNT",
        "seekType": "latest",
    },
    default_settings={"streaming_max_insert_wait_ms": 5000},
)
