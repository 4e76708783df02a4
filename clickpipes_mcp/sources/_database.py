"""What the database sources share: connection, credentials, replication settings, tables.

In an update everything is optional; the models of a create say what is required.
Source: OpenAPI contract, ClickPipeMutatePostgresSource, ClickPipeMutateMySQLSource,
ClickPipeMutateMongoDBSource, ClickPipeMutateBigQuerySource and their Patch counterparts.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clickpipes_mcp.contract import Request
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.secret_refs import Certificate, Login, Secret
from clickpipes_mcp.source_facts import Beginning, Loss, ReadBack

ReplicationMode = Literal["cdc", "snapshot", "cdc_only"]
Engine = Literal["MergeTree", "ReplacingMergeTree", "Null"]
SqlAuthentication = Literal["basic", "IAM_ROLE"]

Host = Annotated[Text, Field(description="Host name or IP, or the DNS name of a private endpoint.")]
Port = Annotated[int, Field(ge=1, le=65535, description="Port, 1-65535.")]
RoleArn = Annotated[Text, Field(description="ARN of the role.")]
Positive = Annotated[int, Field(ge=1)]
RowsPerPartition = Annotated[int, Field(ge=1000)]

SNAPSHOT_READ_BACK = ReadBack(
    never=("credentials", "roles"),
    chosen=(
        "initial_load_parallelism",
        "snapshot_num_rows_per_partition",
        "snapshot_number_of_parallel_tables",
        "sync_interval_seconds",
    ),
    defaults={"replication_mode": ("cdc", "snapshot"), "table_engine": ("MergeTree",)},
    ordered=("sorting_keys",),
    identifying=("target_table",),
)
REPLICATION_READ_BACK = SNAPSHOT_READ_BACK | ReadBack(
    sometimes=("delete_on_merge",),
    chosen=("pull_batch_size",),
    telling={"delete_on_merge": ""},
)
SQL_READ_BACK = REPLICATION_READ_BACK | ReadBack(
    sometimes=("authentication",),
    chosen=("allow_nullable_columns",),
    defaults={"authentication": ("basic",)},
    identifying=("source_schema_name", "source_table"),
)
"""Source of these: the way the Terraform provider and clickhousectl read a pipe back."""

ONLY_CHANGES = Beginning(
    ("settings", "replicationMode"),
    "source.settings.replication_mode cdc_only (only changes from now on)",
    anew=("cdc", "snapshot"),
)
RECREATE = "It is fixed at creation: create a new pipe, then delete this one."
MAP_BY_DELTA = "Use table_mappings_to_add and table_mappings_to_remove."


class Credentials(Request):
    username: Login | None = Field(default=None, description="User name.")
    password: Secret | None = Field(default=None, description="Password of that user.")


TLS_LOSSES = dict.fromkeys(
    ("disable_tls", "skip_cert_verification", "tls_host", "ca_certificate"), Loss.PROTECTION
)
"""Whoever sits in the way and shows the certificate that is then believed reads everything."""


class Tls(Request):
    tls_host: Text | None = Field(default=None, description="The name in its certificate.")
    ca_certificate: Certificate | None = Field(default=None, description="Private CA as PEM.")
    disable_tls: Flag | None = Field(default=None, description="Unsafe: nothing is encrypted.")
    skip_cert_verification: Flag | None = Field(
        default=None, description="Unsafe; ca_certificate is better."
    )


class SqlServer(Request):
    host: Host | None = None
    port: Port | None = None
    credentials: Credentials | None = Field(
        default=None, description="Give both; with IAM_ROLE at most the username."
    )


class SyncSettings(Request):
    sync_interval_seconds: Positive | None = Field(
        default=None, description="60 by default; keep it above 10."
    )
    pull_batch_size: Positive | None = Field(
        default=None, description="Rows in a batch, 100000 by default."
    )


class ReplicationSettings(SyncSettings):
    replication_mode: ReplicationMode = Field(description="cdc is a snapshot and then all changes.")
    initial_load_parallelism: Positive | None = Field(
        default=None, description="Workers, 4 by default."
    )
    snapshot_num_rows_per_partition: RowsPerPartition | None = Field(
        default=None, description="At least 1000; 100000 by default."
    )
    snapshot_number_of_parallel_tables: Positive | None = Field(
        default=None, description="Tables at once, 1 by default."
    )
    delete_on_merge: Flag | None = Field(default=None, description="Remove deleted rows for good.")


class SqlReplicationSettings(ReplicationSettings):
    allow_nullable_columns: Flag | None = Field(
        default=None, description="Keep NULLs, which is slower."
    )


def unadvertised(*names: str) -> ConfigDict:
    """The configuration of a model that accepts these fields but does not publish them."""
    return ConfigDict(json_schema_extra={"x-hide": list(names)})


class TargetTable(Request):
    target_table: Text = Field(description="New or empty table.")
    table_engine: Engine | None = Field(
        default=None,
        description="Give ReplacingMergeTree.",
    )


class TableOrder(Request):
    excluded_columns: list[Text] | None = Field(default=None, description="Columns to skip.")
    use_custom_sorting_key: Flag | None = Field(
        default=None, description="Sort the target by sorting_keys."
    )
    sorting_keys: list[Text] | None = Field(default=None, description="Columns to order by.")


class SqlTable(TargetTable):
    source_schema_name: Text = Field(description="Schema; in MySQL, the database.")
    source_table: Text = Field(description="Table name.")
    partition_key: str | None = Field(
        default=None, description="Indexed column to split the snapshot by."
    )


class SqlTableToRemove(SqlTable):
    """Three names tell which mapping is meant; the contract allows the other fields too."""

    model_config = unadvertised("table_engine", "partition_key", "partition_by_expr")


class SqlTableMapping(TableOrder, SqlTable):
    partition_by_expr: str | None = Field(default=None, description="PARTITION BY of the target.")


class SqlMappingChanges(Request):
    table_mappings_to_add: list[SqlTableMapping] | None = Field(
        default=None, description="Tables to start replicating."
    )


def fixed_at_creation(
    names: Iterable[str], settings: type[BaseModel], patchable: type[BaseModel]
) -> Mapping[str, str]:
    """The fields of a database source that no update can carry, with what to do instead."""
    fixed = set(settings.model_fields) - set(patchable.model_fields)
    return {
        "table_mappings": MAP_BY_DELTA,
        **dict.fromkeys(names, RECREATE),
        **{f"settings.{name}": RECREATE for name in sorted(fixed)},
    }
