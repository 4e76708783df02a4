"""Azure Blob Storage.

Source: OpenAPI contract, ClickPipePostObjectStorageSource; documentation of Azure Blob ClickPipes.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.rule_words import ABSENT, RuleBook, forbids, is_true, needs, reject
from clickpipes_mcp.secret_refs import ConnectionString
from clickpipes_mcp.source_facts import Loss, ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._charges import FILE_CHARGES
from clickpipes_mcp.sources._ingest_rules import ingest_rules
from clickpipes_mcp.sources._object_storage import (
    ARM,
    LOSSES,
    READ_BACK,
    START_AFTER,
    FileCreate,
    FileUpdate,
    TypedSource,
)
from clickpipes_mcp.sources._object_storage import (
    DOCUMENTATION as STORAGE_DOCUMENTATION,
)
from clickpipes_mcp.sources._object_storage_rules import (
    FILE_UPDATE_RULES,
    file_rules,
    glob_rule,
)
from clickpipes_mcp.sources._pipe import DESTINATION_EXAMPLE, FIXED
from clickpipes_mcp.sources._recipients import AZURE, only
from clickpipes_mcp.sources._settings import FileSettings, settings_rules

DOCUMENTATION = f"{STORAGE_DOCUMENTATION}/azure-blob-storage/overview"
IMMUTABLE = ("type", "url", "format", "compression", "delimiter", "is_continuous")


UNUSED = ("type", "url", "skip_initial_load", "start_after")
"""Fields that other clients send: they are accepted, but not published."""


class StorageString(ConnectionString):
    """As a storage account shows it: with its key, or with a shared access signature.

    Source: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    """

    __slots__ = ()
    ways = (
        ("AccountName", "AccountKey"),
        ("BlobEndpoint", "SharedAccessSignature"),
        ("AccountName", "SharedAccessSignature"),
    )


class AzureBlobSource(TypedSource):
    wire_type: ClassVar[str] = "azureblobstorage"

    type: Literal["azureblobstorage"] | None = Field(
        default=None, description="Always azureblobstorage."
    )
    azure_container_name: Text | None = Field(default=None, description="Name of the container.")
    path: Text | None = Field(
        default=None, description="Path of the files; ? * and ** are wildcards, braces are not."
    )
    url: Text | None = Field(default=None, description="Azure needs none.")
    skip_initial_load: Flag | None = Field(
        default=None, description="Not for Azure, which has no queue."
    )
    authentication: Literal["CONNECTION_STRING"] | None = Field(
        default=None, description="How to log in."
    )
    connection_string: StorageString | None = Field(
        default=None, description="With the account key, or with a SAS that allows Read and List."
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
        default=None, description="How to log in."
    )
    connection_string: StorageString | None = Field(
        default=None, description="With the account key, or with a SAS that allows Read and List."
    )
    azure_container_name: Text | None = Field(default=None, description="Name of the container.")
    path: Text | None = Field(
        default=None, description="Path of the files; ? * and ** are wildcards, braces are not."
    )


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
_BOOK = RuleBook("azure-blob.", EXAMPLE, DOCUMENTATION, at="source.")

RULES = (
    _BOOK.rule(
        "connection-string-needed",
        "Containers are read with a connection string.",
        needs("source.connection_string"),
        broken={"connection_string": ABSENT},
    ),
    _BOOK.rule(
        "authentication",
        "The authentication is written out: public containers are not supported.",
        needs(
            "source.authentication",
            message="Public containers are not supported.",
            fix="Set authentication to CONNECTION_STRING.",
        ),
        broken={"authentication": ABSENT},
        effect="warn",
    ),
    _BOOK.rule(
        "container-needed",
        "The container is named.",
        needs("source.azure_container_name"),
        broken={"azure_container_name": ABSENT},
    ),
    _BOOK.rule(
        "url-unused",
        "The container and the path say where the files are; url is not used.",
        forbids(
            "source.url",
            message="url is not used: the container and the path say where the files are.",
        ),
        broken={"url": "https://account.example.net/events"},
        effect="warn",
    ),
    _BOOK.rule(
        "no-skip",
        "skip_initial_load needs a queue, which Azure has none of.",
        reject(
            is_true("source.skip_initial_load"),
            "source.skip_initial_load",
            "skip_initial_load needs a queue, and there is none for Azure.",
            "Leave skip_initial_load out.",
        ),
        broken={"skip_initial_load": True},
        kept={"skip_initial_load": False},
    ),
)

SPEC = SourceSpec(
    key="azure_blob",
    arm=ARM,
    types=("azureblobstorage",),
    title="Azure Blob Storage",
    also_called={
        "azure": "",
        "azure blob": "",
        "blob storage": "",
    },
    family=Family.OBJECT_STORAGE,
    create=AzureBlobCreate,
    update=AzureBlobUpdate,
    documentation=DOCUMENTATION,
    description="Load files of an Azure Blob Storage container into a table, once or continuously.",
    example=EXAMPLE,
    rules=(
        *RULES,
        *file_rules(_BOOK),
        glob_rule(_BOOK, "path"),
        *ingest_rules(_BOOK, settings=FileSettings, virtual_columns=_virtual_columns.FILES),
    ),
    update_rules=FILE_UPDATE_RULES,
    read_back=READ_BACK
    | ReadBack(
        never=("connection_string",),
        sometimes=("azure_container_name", "path"),
        telling={"connection_string": "", "azure_container_name": "", "path": ""},
    ),
    settings=FileSettings,
    settings_rules=settings_rules(FileSettings),
    virtual_columns=_virtual_columns.FILES,
    recipients=only(AZURE),
    reads=("azure_container_name", "path", "url"),
    beginnings=(START_AFTER,),
    charges=FILE_CHARGES,
    discoverable=True,
    immutable=dict.fromkeys(IMMUTABLE, FIXED),
    losses=LOSSES
    | dict.fromkeys(("connection_string", "azure_container_name", "path"), Loss.PLACE),
)
