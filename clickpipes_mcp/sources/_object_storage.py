"""What all object stores share: files, their format, and how new ones are noticed.

Source: OpenAPI contract, ClickPipePostObjectStorageSource and ClickPipePatchObjectStorageSource;
documentation of object-storage ClickPipes. Every store is the same arm, told apart by `type`.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from clickpipes_mcp.contract import Request
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.source_facts import Beginning, Loss, ReadBack
from clickpipes_mcp.sources._pipe import DOCS, INGEST_READ_BACK, IngestCreate
from clickpipes_mcp.sources._settings import FileSettings, PipeSettings, offered_settings

ARM = "objectStorage"
DOCUMENTATION = f"{DOCS}/object-storage"

READ_BACK = INGEST_READ_BACK | ReadBack(
    sometimes=("authentication", "skip_initial_load"),
    telling={"skip_initial_load": "queue_url"},
    defaults={"compression": ("auto",), "delimiter": (",",)},
)

ONE_QUEUE = {
    "queue_url": "Without a queue of its own, a pipe never reads files whose names sort before "
    "those that it has read."
}
"""What is said of a pipe that has no queue, because another pipe has it."""

START_AFTER = Beginning(
    ("startAfter",),
    "source.start_after (the key of the last file that was read)",
    is_place=True,
)
BUCKET_BEGINNINGS = (
    START_AFTER,
    Beginning(
        ("skipInitialLoad",),
        "source.skip_initial_load with source.queue_url (only files from now on)",
    ),
)

Format = Literal[
    "JSONEachRow",
    "JSONAsObject",
    "CSV",
    "CSVWithNames",
    "TabSeparated",
    "TabSeparatedWithNames",
    "Parquet",
    "Avro",
]
Compression = Literal["none", "gzip", "gz", "brotli", "br", "xz", "LZMA", "zstd", "auto"]


class FileSource(Request):
    format: Format = Field(description="File format.")
    compression: Compression | None = Field(default=None, description="auto by default.")
    delimiter: Text | None = Field(
        default=None, description="Delimiter of CSV, a comma by default."
    )
    is_continuous: Flag | None = Field(
        default=None, description="Keep polling for files with later names."
    )
    start_after: Text | None = Field(default=None, description="Skip object keys up to this one.")


class BucketSource(FileSource):
    url: Text = Field(description="https URL.")
    queue_url: Text | None = Field(default=None, description="Queue of object events.")
    skip_initial_load: Flag | None = Field(
        default=None, description="Read only new objects, from queue_url; not with start_after."
    )


class FileCreate(IngestCreate):
    """A pipe that reads files; it has no replicas to scale."""

    model_config = ConfigDict(json_schema_extra={"x-hide": ["scaling"]})

    settings: PipeSettings | None = offered_settings(
        FileSettings,
        "object_storage_polling_interval_ms",
        "object_storage_max_file_count",
    )


class TypedSource(FileSource):
    """A store whose `type` the caller need not write, though the API needs it."""

    wire_type: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _say_type(cls, data: object) -> object:
        if isinstance(data, Mapping) and data.get("type") is None:
            return {**data, "type": cls.wire_type}
        return data


class FileUpdate(Request):
    start_after: Text | None = Field(default=None, description="Skip object keys up to this one.")
    skip_initial_load: Flag | None = Field(
        default=None, description="Read only files from the queue."
    )


LOSSES = {"start_after": Loss.FILES, "skip_initial_load": Loss.FILES}
IMMUTABLE = ("type", "url", "format", "compression", "delimiter", "is_continuous", "queue_url")
