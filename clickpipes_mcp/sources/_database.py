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

Host = Annotated[Text, Field(description="Name or IP; a private endpoint's DNS name.")]
Port = Annotated[int, Field(ge=1, le=65535, description="1-65535.")]
RoleArn = Annotated[Text, Field(description="Role ARN.")]
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
    username: Login | None = Field(default=None, description="User.")
    password: Secret | None = Field(default=None, description="${file:…}")


TLS_LOSSES = {"disable_tls": Loss.PROTECTION, "skip_cert_verification": Loss.PROTECTION}


class Tls(Request):
    tls_host: Text | None = Field(default=None, description="Name in the certificate.")
    ca_certificate: Certificate | None = Field(default=None, description="Private CA, PEM.")
    disable_tls: Flag | None = Field(default=None, description="Unsafe: no encryption.")
    skip_cert_verification: Flag | None = Field(
        default=None, description="Unsafe: use ca_certificate."
    )


class SqlServer(Request):
    host: Host | None = None
    port: Port | None = None
    credentials: Credentials | None = Field(
        default=None, description="Both; with IAM_ROLE at most username."
    )


class SyncSettings(Request):
    sync_interval_seconds: Positive | None = Field(
        default=None, description="Default 60; keep above 10."
    )
    pull_batch_size: Positive | None = Field(default=None, description="Rows; default 100000.")


class ReplicationSettings(SyncSettings):
    replication_mode: ReplicationMode = Field(description="cdc: snapshot, then changes.")
    initial_load_parallelism: Positive | None = Field(default=None, description="Default 4.")
    snapshot_num_rows_per_partition: RowsPerPartition | None = Field(
        default=None, description="At least 1000; default 100000."
    )
    snapshot_number_of_parallel_tables: Positive | None = Field(
        default=None, description="Default 1."
    )
    delete_on_merge: Flag | None = Field(default=None, description="Hard-delete rows.")


class SqlReplicationSettings(ReplicationSettings):
    allow_nullable_columns: Flag | None = Field(default=None, description="Keep NULLs; slower.")


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
    use_custom_sorting_key: Flag | None = Field(default=None, description="Needs sorting_keys.")
    sorting_keys: list[Text] | None = Field(default=None, description="ORDER BY columns.")


class SqlTable(TargetTable):
    source_schema_name: Text = Field(description="Schema; MySQL: database.")
    source_table: Text = Field(description="Table.")
    partition_key: str | None = Field(
        default=None, description="Indexed column to split the snapshot by."
    )


class SqlTableToRemove(SqlTable):
    """Three names tell which mapping is meant; the contract allows the other fields too."""

    model_config = unadvertised("table_engine", "partition_key", "partition_by_expr")


class SqlTableMapping(TableOrder, SqlTable):
    partition_by_expr: str | None = Field(default=None, description="Target's PARTITION BY.")


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
