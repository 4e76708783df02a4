"""What every create request shares: name, destination, columns, table, mappings, size, settings.

Two bases: `IngestCreate` for streaming and object storage, `DatabaseCreate` for databases.
Source: OpenAPI contract, ClickPipePostRequest, ClickPipeMutateDestination.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from clickpipes_mcp.contract import Request
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.source_facts import ReadBack
from clickpipes_mcp.sources._settings import PipeSettings

DOCS = "https://clickhouse.com/docs/integrations/clickpipes"
API = "https://clickhouse.com/docs/cloud/manage/api/swagger#tag/ClickPipes"

DESTINATION_EXAMPLE: Mapping[str, object] = {
    "database": "default",
    "table": "events",
    "managed_table": True,
    "table_definition": {"engine": {"type": "MergeTree"}},
    "columns": [{"name": "id", "type": "UInt64"}, {"name": "message", "type": "String"}],
}
FIXED = "fixed at creation; recreate the pipe"

Name = Annotated[str, Field(min_length=1, max_length=255)]


class Column(Request):
    name: Text = Field(description="Column name.")
    type: Text = Field(description="ClickHouse type.")


class FieldMapping(Request):
    source_field: Text = Field(description="Source field, nested with dots.")
    destination_field: Text = Field(description="Destination column.")


class TableEngine(Request):
    type: Literal["MergeTree", "ReplacingMergeTree", "SummingMergeTree", "Null"] = Field(
        description="Name of the engine."
    )
    version_column_id: Text | None = Field(default=None, description="For ReplacingMergeTree.")
    column_ids: list[Text] | None = Field(
        default=None, description="Summed columns, for SummingMergeTree."
    )


class TableDefinition(Request):
    engine: TableEngine = Field(description="The table engine.")
    sorting_key: list[Text] | None = Field(default=None, description="Columns to order by.")
    partition_by: Text | None = Field(default=None, description="PARTITION BY expression.")
    primary_key: Text | None = Field(default=None, description="PRIMARY KEY expression.")
    ttl: Text | None = Field(default=None, description="TTL expression.")


class IngestDestination(Request):
    database: Text | None = Field(default=None, description="default by default.")
    table: Text = Field(description="Table name.")
    managed_table: Flag = Field(description="Create the table from table_definition.")
    table_definition: TableDefinition | None = Field(
        default=None, description="The managed_table to create."
    )
    columns: list[Column] = Field(min_length=1, description="All columns to fill.")
    roles: list[Text] | None = Field(default=None, description="Roles instead of default_role.")


class DatabaseDestination(Request):
    database: Text = Field(description="Database of the target tables.")
    roles: list[Text] | None = Field(default=None, description="Roles instead of default_role.")


INGEST_READ_BACK = ReadBack(
    never=("roles", "version_column_id", "column_ids"),
    telling={"version_column_id": "", "column_ids": ""},
    chosen=("primary_key",),
    defaults={"database": ("default",), "type": ("MergeTree",)},
    ordered=("sorting_key",),
    identifying=("name", "source_field", "destination_field"),
)
"""Of everything but the source itself. Source: the way the Terraform provider reads a pipe back."""


class IngestCreate(Request):
    """A pipe that fills one table from a stream or from files."""

    name: Name = Field(description="A unique name.")
    source: Request = Field(description="Source.")
    destination: IngestDestination = Field(description="Table to fill.")
    field_mappings: list[FieldMapping] | None = Field(
        default=None, description="Leave out to map equal names."
    )
    scaling: ScalingRequest | None = Field(
        default=None,
        description="Size of the pipe; give all three.",
        json_schema_extra={"x-hide": ["concurrency"]},
    )
    settings: PipeSettings | None = Field(default=None, description="Advanced settings.")
    start_paused: Flag | None = Field(default=None, description="Create it stopped.")
    validate_samples: Flag | None = Field(default=None, description="Also check sample data.")


class DatabaseCreate(Request):
    """A pipe that copies tables of a database."""

    model_config = ConfigDict(json_schema_extra={"x-hide": ["validate_samples"]})

    name: Name = Field(description="A unique name.")
    source: Request = Field(description="Database to copy and its tables.")
    destination: DatabaseDestination = Field(description="Where the tables go.")
    validate_samples: Flag | None = Field(
        default=None, description="Also check sample data. Databases always check their tables."
    )


def _listed(text: str) -> object:
    """The names in a text: with commas between them, or a list written as JSON."""
    if text.lstrip().startswith("["):
        try:
            read: object = json.loads(text)
        except (ValueError, RecursionError):
            return text.split(",")
        return read
    return text.split(",")


def joined(value: object) -> object:
    """Names as the comma-separated text the API takes, from such text or from a list."""
    names = _listed(value) if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return ",".join(name.strip() for name in names)
    return value
