"""Object storage: S3, its compatibles, Google Cloud Storage, Azure Blob."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from clickpipes_mcp.simulator.arms._arm import (
    EXAMPLE_ROLE,
    WORKLOAD_IDENTITY,
    Arm,
    lacking_halves,
)
from clickpipes_mcp.simulator.contract.object_storage import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, JsonObject, is_given, text
from clickpipes_mcp.simulator.lifecycle import Family

_AZURE: Final = "azureblobstorage"
# Source: OpenAPI contract, ClickPipePostObjectStorageSource; Terraform provider 3.25 for the
# pairs it refuses before the service does.
AUTHENTICATIONS: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset({"", "IAM_USER", "IAM_ROLE"}),
    "gcs": frozenset({"", "IAM_USER", "SERVICE_ACCOUNT", WORKLOAD_IDENTITY}),
    "dospaces": frozenset({"", "IAM_USER"}),
    "cloudflarer2": frozenset({"", "IAM_USER"}),
    "ovhobjectstorage": frozenset({"", "IAM_USER"}),
    _AZURE: frozenset({"", "CONNECTION_STRING"}),
}
QUEUES: Final[Mapping[str, tuple[frozenset[str], re.Pattern[str]]]] = {
    "s3": (
        frozenset({"IAM_USER", "IAM_ROLE"}),
        re.compile(r"https://sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/[\w.-]+"),
    ),
    "gcs": (
        frozenset({"IAM_USER", "SERVICE_ACCOUNT", WORKLOAD_IDENTITY}),
        re.compile(r"projects/[^/]+/subscriptions/[^/]+"),
    ),
}
COMPANIONS: Final[Mapping[str, str]] = {
    "IAM_ROLE": "iamRole",
    "SERVICE_ACCOUNT": "serviceAccountKey",
    "CONNECTION_STRING": "connectionString",
}


def _access(source: Document) -> Iterator[str]:
    flavour, method = text(source, "type"), text(source, "authentication")
    if method not in AUTHENTICATIONS[flavour]:
        yield f"{flavour} does not support {method} authentication"
    companion = COMPANIONS.get(method, "")
    if companion and not is_given(source, companion):
        yield f"{companion} is required for {method} authentication"
    if method == "IAM_USER":
        for lack in lacking_halves(source, "accessKey", "accessKeyId", "secretKey"):
            yield f"{lack} for IAM_USER authentication"
    if is_given(source, "serviceAccountKey") and method != "SERVICE_ACCOUNT":
        yield "serviceAccountKey is only valid for SERVICE_ACCOUNT authentication"


def _location(source: Document) -> Iterator[str]:
    if text(source, "type") == _AZURE:
        for name in ("azureContainerName", "connectionString"):
            if not is_given(source, name):
                yield f"{name} is required for {_AZURE}"
    elif not is_given(source, "url"):
        yield "request body.source.objectStorage.url: 'undefined'"


def _queue(source: Document) -> Iterator[str]:
    url, flavour = text(source, "queueUrl"), text(source, "type")
    if source.get("skipInitialLoad"):
        if not url:
            yield "skipInitialLoad requires queueUrl"
        if is_given(source, "startAfter"):
            yield "skipInitialLoad cannot be combined with startAfter"
    if not url:
        return
    if flavour not in QUEUES:
        yield f"{flavour} does not support queueUrl"
        return
    methods, shape = QUEUES[flavour]
    if not source.get("isContinuous"):
        yield "queueUrl requires isContinuous"
    if text(source, "authentication") not in methods:
        yield "queueUrl requires authentication"
    if not shape.fullmatch(url):
        yield f"request body.source.objectStorage.queueUrl: '{url}'"


def _rules(source: Document) -> Iterator[str]:
    yield from _access(source)
    yield from _location(source)
    yield from _queue(source)


def _family(source: Document) -> Family:
    return Family.CONTINUOUS_FILES if source.get("isContinuous") else Family.ONE_SHOT_FILES


def _show(source: JsonObject) -> JsonObject:
    # Source: Terraform provider, what it finds missing when it reads a pipe back.
    hidden: tuple[str, ...] = ("skipInitialLoad",)
    if source.get("type") == _AZURE:
        hidden += ("authentication", "path", "azureContainerName")
    return {key: value for key, value in source.items() if key not in hidden}


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="Object storage",
    family=_family,
    addresses=("url", "iamRole", "azureContainerName", "queueUrl"),
    secrets=(("accessKey",), ("serviceAccountKey",), ("connectionString",)),
    rules=_rules,
    show=_show,
    prepare=lambda source: {"isContinuous": False, **source},
    default_type="s3",
    example={
        "type": "s3",
        "format": "Parquet",
        "url": "https://simulated-exports.s3.us-east-1.amazonaws.com/orders/*.parquet",
        "authentication": "IAM_ROLE",
        "iamRole": EXAMPLE_ROLE,
        "isContinuous": True,
    },
    field_mappings_need_columns=True,  # seen of this kind only (clickhousectl issue 763)
    samples_at_service=True,
    default_settings={
        "object_storage_concurrency": 1,
        "object_storage_polling_interval_ms": 30000,
        "object_storage_max_insert_bytes": 10737418240,
        "object_storage_max_file_count": 100,
        "object_storage_use_cluster_function": True,
        "clickhouse_max_threads": 0,
        "clickhouse_max_insert_threads": 1,
        "clickhouse_min_insert_block_size_bytes": 1073741824,
        "clickhouse_max_download_threads": 4,
        "clickhouse_parallel_distributed_insert_select": 2,
        "clickhouse_parallel_view_processing": False,
    },
)  # fmt: skip
