"""What may be asked of an update."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from clickpipes_mcp.contract import Request
from clickpipes_mcp.field_types import Flag
from clickpipes_mcp.sources import Column, FieldMapping
from clickpipes_mcp.tools.addressing import PipeArguments
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.dry_run import DryRunArguments

FIXED_DESTINATION = ("database", "table", "managed_table", "table_definition", "roles")


class UpdateDestination(Request):
    """What of a destination can change; the rest is taken only to say that it cannot."""

    model_config = ConfigDict(json_schema_extra={"x-hide": list(FIXED_DESTINATION)})

    columns: list[Column] | None = Field(
        default=None, min_length=1, description="All columns of the pipe; the table itself stays."
    )
    database: str | None = Field(default=None, description="Fixed at creation.")
    table: str | None = Field(default=None, description="Fixed at creation.")
    managed_table: Flag | None = Field(default=None, description="Fixed at creation.")
    table_definition: dict[str, JsonValue] | None = Field(
        default=None, description="Fixed at creation."
    )
    roles: list[str] | None = Field(default=None, description="Fixed at creation.")


class UpdateArguments(ConfirmedArguments, DryRunArguments, PipeArguments):
    """What to change; what is left out stays as it is.

    `settings` are taken without being published: they have a tool of their own.
    """

    model_config = ConfigDict(json_schema_extra={"x-hide": ["settings"]})

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="New name."
    )
    source: dict[str, JsonValue] | None = Field(
        default=None, description="Fields to change; which ones can depends on the source."
    )
    destination: UpdateDestination | None = Field(
        default=None, description="For streams and files only."
    )
    field_mappings: list[FieldMapping] | None = Field(
        default=None, description="All mappings, instead of the present ones."
    )
    settings: dict[str, JsonValue] | None = Field(
        default=None, description="As in update_clickpipe_settings."
    )
    validate_samples: bool | None = Field(default=None, description="Also check sample data.")
    pause_if_needed: bool | None = Field(
        default=None, description="Pause a database pipe for the edit, then put it back."
    )
    resume: bool | None = Field(
        default=None, description="Whether it runs afterwards; as before by default."
    )
