"""Azure Blob Storage.

Source: OpenAPI contract, ClickPipePostObjectStorageSource; documentation of Azure Blob ClickPipes.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.operations import Flag
from clickpipes_mcp.rule_words.checks import ABSENT, forbids, is_true, needs, reject, rule
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.source_facts import ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._charges import FILE_CHARGES
from clickpipes_mcp.sources._object_storage import (
    ARM,
    READ_BACK,
    FileCreate,
    FileUpdate,
    TypedSource,
    file_rules,
    glob_rule,
    update_rules,
)
from clickpipes_mcp.sources._object_storage import (
    DOCUMENTATION as STORAGE_DOCUMENTATION,
)
from clickpipes_mcp.sources._pipe import Text
from clickpipes_mcp.sources._pipe_rules import DESTINATION_EXAMPLE, ingest_rules

DOCUMENTATION = f"{STORAGE_DOCUMENTATION}/azure-blob-storage/overview"
IMMUTABLE = ("type", "url", "format", "compression", "delimiter", "is_continuous")


UNUSED = ("type", "url", "skip_initial_load", "start_after")
"""Accepted, since others send them, but not offered."""


class AzureBlobSource(TypedSource):
    wire_type: ClassVar[str] = "azureblobstorage"

    type: Literal["azureblobstorage"] | None = Field(
        default=None, description="Always azureblobstorage."
    )
    azure_container_name: Text | None = Field(default=None, description="Container.")
    path: Text | None = Field(default=None, description="Files; globs ? * **, no braces.")
    url: Text | None = Field(default=None, description="Not needed.")
    skip_initial_load: Flag | None = Field(default=None, description="Not for Azure: no queue.")
    authentication: Literal["CONNECTION_STRING"] | None = Field(
        default=None, description="Required."
    )
    connection_string: Secret | None = Field(
        default=None, description="Account key, or SAS with Read, List."
    )


class AzureBlobCreate(FileCreate):
    """A pipe that reads files of a container."""

    source: AzureBlobSource = Field(
        description="The files.",
        json_schema_extra={"x-hide": list(UNUSED)},
    )


class AzureBlobUpdate(FileUpdate):
    """What can be changed in place: who reads, and from where."""

    authentication: Literal["CONNECTION_STRING"] | None = Field(
        default=None, description="Required."
    )
    connection_string: Secret | None = Field(
        default=None, description="Account key, or SAS with Read, List."
    )
    azure_container_name: Text | None = Field(default=None, description="Container.")
    path: Text | None = Field(default=None, description="Files; globs ? * **, no braces.")


_CONNECTION = "${env:CLICKPIPES_SECRET_AZURE}"
EXAMPLE: Mapping[str, object] = {
    "name": "events",
    "source": {
        "azure_container_name": "events",
        "path": "2026/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "CONNECTION_STRING",
        "connection_string": _CONNECTION,
    },
    "destination": DESTINATION_EXAMPLE,
}

RULES = (
    rule(
        "azure-blob.connection-string-needed",
        "Containers are read with a connection string.",
        needs("source.connection_string"),
        example=EXAMPLE,
        broken={"source.connection_string": ABSENT},
        documentation=DOCUMENTATION,
    ),
    rule(
        "azure-blob.authentication",
        "The authentication is written out: public containers are not supported.",
        needs(
            "source.authentication",
            message="Public containers are not supported.",
            fix="Set authentication to CONNECTION_STRING.",
        ),
        example=EXAMPLE,
        broken={"source.authentication": ABSENT},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
    rule(
        "azure-blob.container-needed",
        "The container is named.",
        needs("source.azure_container_name"),
        example=EXAMPLE,
        broken={"source.azure_container_name": ABSENT},
        documentation=DOCUMENTATION,
    ),
    rule(
        "azure-blob.url-unused",
        "The container and the path say where the files are; url is not used.",
        forbids("source.url", message="url is not used: the container and the path say it all."),
        example=EXAMPLE,
        broken={"source.url": "https://account.example.net/events"},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
    rule(
        "azure-blob.no-skip",
        "skip_initial_load needs a queue, which Azure has none of.",
        reject(
            is_true("source.skip_initial_load"),
            "source.skip_initial_load",
            "skip_initial_load needs a queue, and there is none for Azure.",
            "Leave skip_initial_load out.",
        ),
        example=EXAMPLE,
        broken={"source.skip_initial_load": True},
        kept={"source.skip_initial_load": False},
        documentation=DOCUMENTATION,
    ),
)

SPEC = SourceSpec(
    key="azure_blob",
    arm=ARM,
    types=("azureblobstorage",),
    title="Azure Blob Storage",
    family=Family.OBJECT_STORAGE,
    create=AzureBlobCreate,
    update=AzureBlobUpdate,
    documentation=DOCUMENTATION,
    description="Load files of an Azure Blob Storage container into a table, once or continuously.",
    example=EXAMPLE,
    rules=(
        *RULES,
        *file_rules(EXAMPLE),
        glob_rule(EXAMPLE, "source.path"),
        *ingest_rules(EXAMPLE, Family.OBJECT_STORAGE, ARM, _virtual_columns.FILES),
    ),
    update_rules=update_rules({}),
    read_back=READ_BACK
    | ReadBack(never=("connection_string",), sometimes=("azure_container_name", "path")),
    virtual_columns=_virtual_columns.FILES,
    charges=FILE_CHARGES,
    discoverable=True,
    immutable=dict.fromkeys(IMMUTABLE, "fixed at creation; recreate the pipe"),
)
