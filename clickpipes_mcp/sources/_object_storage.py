"""What all object stores share: files, their format, and how new ones are noticed.

Source: OpenAPI contract, ClickPipePostObjectStorageSource and ClickPipePatchObjectStorageSource;
documentation of object-storage ClickPipes. Every store is the same arm, told apart by `type`.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from clickpipes_mcp.contract import Family, Request, Rule
from clickpipes_mcp.operations import Flag, PipeSettings
from clickpipes_mcp.rule_words.checks import (
    ABSENT,
    avoids,
    either,
    equal,
    forbids,
    given,
    is_not_true,
    is_true,
    matches,
    missing,
    needs,
    reject,
    rule,
    unlike,
)
from clickpipes_mcp.source_facts import ReadBack
from clickpipes_mcp.sources._pipe import INGEST_READ_BACK, IngestCreate, Text, offered_settings

ARM = "objectStorage"
DOCUMENTATION = "https://clickhouse.com/docs/integrations/clickpipes/object-storage"
DELIMITED = ("CSV", "CSVWithNames", "TabSeparated", "TabSeparatedWithNames")

READ_BACK = INGEST_READ_BACK | ReadBack(
    sometimes=("authentication", "skip_initial_load"),
    defaults={"compression": ("auto",), "delimiter": (",",)},
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
    compression: Compression | None = Field(default=None, description="Default: auto.")
    delimiter: Text | None = Field(default=None, description="For CSV; default comma.")
    is_continuous: Flag | None = Field(default=None, description="Keep polling for later names.")
    start_after: Text | None = Field(default=None, description="Skip object keys up to this one.")


class BucketSource(FileSource):
    url: Text = Field(description="https URL.")
    queue_url: Text | None = Field(default=None, description="Queue of object events.")
    skip_initial_load: Flag | None = Field(
        default=None, description="Only new objects, from queue_url; excludes start_after."
    )


class FileCreate(IngestCreate):
    """A pipe that reads files; it has no replicas to scale."""

    model_config = ConfigDict(json_schema_extra={"x-hide": ["scaling"]})

    settings: PipeSettings | None = offered_settings(
        Family.OBJECT_STORAGE,
        ARM,
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
    skip_initial_load: Flag | None = Field(default=None, description="Only files from the queue.")


IMMUTABLE = ("type", "url", "format", "compression", "delimiter", "is_continuous", "queue_url")


def file_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    """The rules of files in any store; the example reads continuously, without a queue."""
    return (
        rule(
            "object-storage.one-shot",
            "Without is_continuous a pipe reads what is there once and is then Completed.",
            reject(
                missing("source.is_continuous"),
                "source.is_continuous",
                "is_continuous is unset: the files there now are read once, new ones never.",
                "Say is_continuous true to keep reading, or false to read once.",
            ),
            example=example,
            broken={"source.is_continuous": ABSENT},
            kept={"source.is_continuous": False},
            documentation=DOCUMENTATION,
            effect="warn",
        ),
        rule(
            "object-storage.delimiter",
            "A delimiter is for CSV and TabSeparated formats.",
            forbids("source.delimiter", when=unlike("source.format", *DELIMITED)),
            example=example,
            broken={"source.delimiter": ";"},
            kept={"source.format": "CSV", "source.delimiter": ";"},
            documentation=DOCUMENTATION,
            effect="warn",
        ),
    )


def glob_rule(example: Mapping[str, object], path: str) -> Rule[Request]:
    """Braces are no globs here, whichever field holds the pattern."""
    return rule(
        "object-storage.no-braces",
        "Globs are ? * and **; braces are not expanded.",
        avoids(
            path,
            r"[{}]",
            message="Braces are not expanded: only ? * and ** are globs.",
            fix="Use * or **, or one pipe for each alternative.",
        ),
        example=example,
        broken={path: "https://bucket.example.com/{a,b}/*.json"},
        documentation=DOCUMENTATION,
        effect="warn",
    )


def queue_rules(
    example: Mapping[str, object], *, queue: str, shape: str, documentation: str
) -> tuple[Rule[Request], ...]:
    """The rules of event queues; the example authenticates, `queue` is a good queue_url."""
    return (
        *_queue_access_rules(example, queue=queue, shape=shape, documentation=documentation),
        *_initial_load_rules(example, queue=queue, documentation=documentation),
    )


def _queue_access_rules(
    example: Mapping[str, object], *, queue: str, shape: str, documentation: str
) -> tuple[Rule[Request], ...]:
    with_queue = {"source.is_continuous": True, "source.queue_url": queue}
    return (
        rule(
            "object-storage.queue-needs-continuous",
            "queue_url needs is_continuous.",
            forbids(
                "source.queue_url",
                when=is_not_true("source.is_continuous"),
                fix="Set is_continuous to true, or leave queue_url out.",
            ),
            example=example,
            broken=with_queue | {"source.is_continuous": False},
            kept=with_queue,
            documentation=documentation,
        ),
        rule(
            "object-storage.queue-needs-authentication",
            "A queue cannot be read without authentication.",
            forbids(
                "source.queue_url",
                when=missing("source.authentication"),
                fix="Give authentication and its credentials, or leave queue_url out.",
            ),
            example=example,
            broken=with_queue | PUBLIC,
            kept=with_queue,
            documentation=documentation,
        ),
        rule(
            "object-storage.queue-shape",
            "A queue is named in its provider's form.",
            matches(
                "source.queue_url",
                shape,
                message="This is not the documented form of a queue for this store.",
                fix=f"Write it like {queue}.",
            ),
            example=example,
            broken=with_queue | {"source.queue_url": "https://queue.example.com/q"},
            kept=with_queue,
            documentation=documentation,
            effect="warn",
        ),
    )


def _initial_load_rules(
    example: Mapping[str, object], *, queue: str, documentation: str
) -> tuple[Rule[Request], ...]:
    with_queue = {"source.is_continuous": True, "source.queue_url": queue}
    return (
        rule(
            "object-storage.skip-needs-queue",
            "skip_initial_load needs queue_url.",
            needs("source.queue_url", when=is_true("source.skip_initial_load")),
            example=example,
            broken={"source.skip_initial_load": True},
            kept=with_queue | {"source.skip_initial_load": True},
            documentation=documentation,
        ),
        rule(
            "object-storage.skip-or-start-after",
            "skip_initial_load and start_after exclude each other.",
            forbids("source.start_after", when=is_true("source.skip_initial_load")),
            example=example,
            broken=with_queue
            | {"source.skip_initial_load": True, "source.start_after": "events/2026-01-31/"},
            kept=with_queue | {"source.start_after": "events/2026-01-31/"},
            documentation=documentation,
        ),
    )


PUBLIC: dict[str, object] = {
    f"source.{name}": ABSENT
    for name in ("authentication", "iam_role", "access_key", "service_account_key")
}
"""What an example leaves out to read a public bucket."""


def access_key_rules(
    example: Mapping[str, object], key: Mapping[str, object], *, documentation: str
) -> tuple[Rule[Request], ...]:
    """The rules of access keys; the example authenticates with something else."""
    with_key = PUBLIC | {"source.authentication": "IAM_USER", "source.access_key": key}
    halves = ("source.access_key.access_key_id", "source.access_key.secret_key")
    return (
        rule(
            "object-storage.access-key-needed",
            "IAM_USER needs both halves of access_key, and half a key is none.",
            needs(
                *halves,
                when=either(equal("source.authentication", "IAM_USER"), given("source.access_key")),
            ),
            example=example,
            broken=with_key | {"source.access_key": {"access_key_id": "example-access-key-id"}},
            kept=with_key,
            documentation=documentation,
        ),
        rule(
            "object-storage.access-key-unused",
            "access_key is for IAM_USER.",
            forbids(
                "source.access_key",
                when=unlike("source.authentication", "IAM_USER"),
                fix="Set authentication to IAM_USER, or leave access_key out.",
            ),
            example=example,
            broken={"source.access_key": key},
            kept=with_key,
            documentation=documentation,
            effect="warn",
        ),
    )


def update_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    """The rules of updates in any store."""
    return (
        rule(
            "object-storage.update-skip-or-start-after",
            "skip_initial_load and start_after exclude each other.",
            forbids("start_after", when=is_true("skip_initial_load")),
            example=example,
            broken={"skip_initial_load": True, "start_after": "events/2026-01-31/"},
            kept={"start_after": "events/2026-01-31/"},
            documentation=DOCUMENTATION,
        ),
    )
