"""Object storage: S3, its compatibles, Google Cloud Storage, Azure Blob."""

from typing import Final

from clickpipes_mcp.simulator.contract._shapes import (
    ACCESS_KEY,
    FLAG,
    NAME,
    SECRET,
    TEXT,
    WORKLOAD_IDENTITY,
    Properties,
    choice,
    or_null,
    structure,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

_CREATE: Final[Properties] = {
    "type": choice(
        "s3", "gcs", "dospaces", "azureblobstorage", "cloudflarer2", "ovhobjectstorage"
    ),
    "format": choice(
        "JSONEachRow", "JSONAsObject", "CSV", "CSVWithNames", "TabSeparated",
        "TabSeparatedWithNames", "Parquet", "Avro",
    ),
    "url": or_null(NAME),
    "delimiter": or_null(TEXT),
    "compression": or_null(
        choice("none", "gzip", "gz", "brotli", "br", "xz", "LZMA", "zstd", "auto")
    ),
    "isContinuous": or_null(FLAG),
    "queueUrl": or_null(NAME),
    "skipInitialLoad": or_null(FLAG),
    "startAfter": or_null(NAME),
    "authentication": or_null(
        choice("IAM_ROLE", "IAM_USER", "CONNECTION_STRING", "SERVICE_ACCOUNT", WORKLOAD_IDENTITY)
    ),
    "iamRole": or_null(NAME),
    "connectionString": or_null(SECRET),
    "path": or_null(NAME),
    "azureContainerName": or_null(NAME),
    "accessKey": or_null(ACCESS_KEY),
    "serviceAccountKey": or_null(SECRET),
}  # fmt: skip
_PATCHED: Final = (
    "skipInitialLoad", "startAfter", "authentication", "iamRole", "connectionString", "path",
    "azureContainerName", "accessKey", "serviceAccountKey",
)  # fmt: skip

SCHEMAS: Final = source_schemas(
    "objectStorage",
    structure(_CREATE, ("type", "format")),
    # The others are accepted without effect: the Terraform provider sends them with every update.
    structure(_CREATE),
    _PATCHED,
    is_discoverable=True,
)
