"""BigQuery, copied once or kept in step, through a Cloud Storage bucket.

Source: OpenAPI contract, ClickPipeMutateBigQuerySource; workload identity and replicating changes
are newer and known from the official command-line client and the Terraform provider.
"""

from typing import Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.secret_refs import JsonKeySecret
from clickpipes_mcp.source_facts import GoogleGrant, ReadBack
from clickpipes_mcp.sources._charges import DATABASE_CHARGES
from clickpipes_mcp.sources._database import (
    ONLY_CHANGES,
    RECREATE,
    SNAPSHOT_READ_BACK,
    Positive,
    ReplicationMode,
    TableOrder,
    TargetTable,
    unadvertised,
)
from clickpipes_mcp.sources._database_rules import nullable_rules
from clickpipes_mcp.sources._database_table_rules import order_rules, target_rules
from clickpipes_mcp.sources._destination_rules import reserved_roles_rule
from clickpipes_mcp.sources._gcp_identity import WorkloadIdentity
from clickpipes_mcp.sources._pipe import DatabaseCreate
from clickpipes_mcp.sources._recipients import GOOGLE, only
from clickpipes_mcp.sources._settings import NO_SETTINGS_RULES
from clickpipes_mcp.sources.bigquery.facts import BOOK, CDC_TUNING, DOCUMENTATION, EXAMPLE
from clickpipes_mcp.sources.bigquery.identity_rules import IDENTITY_RULES
from clickpipes_mcp.sources.bigquery.replication_rules import REPLICATION_RULES
from clickpipes_mcp.sources.bigquery.snapshot_rules import SNAPSHOT_RULES, SORTING_RULE


class ServiceAccount(Request):
    service_account_file: JsonKeySecret = Field(
        description="Key file of the service account, as ${file:…} or base64."
    )


class BigquerySettings(Request):
    """The contract says no minimum of the numbers, unlike for the other databases; a rule does."""

    model_config = unadvertised(*CDC_TUNING)

    replication_mode: ReplicationMode = Field(
        description="What to copy; cdc and cdc_only need replication_method."
    )
    replication_method: Literal["query_based", "events_based"] | None = Field(
        default=None, description="How changes are found, for cdc and cdc_only."
    )
    sync_interval_seconds: Positive | None = Field(
        default=None, description="Seconds between syncs, for cdc."
    )
    sync_cron: Text | None = Field(
        default=None, description="Cron expression, instead of an interval."
    )
    query_cdc_pull_sync_parallelism: Positive | None = Field(
        default=None, description="Tables that are read at once, for cdc."
    )
    sync_delay_seconds: int | None = Field(
        default=None, description="Seconds that a sync stays behind the present, for cdc."
    )
    pull_window_size_seconds: Positive | None = Field(
        default=None, description="Seconds of changes that one query reads, for cdc."
    )
    allow_nullable_columns: Flag | None = Field(
        default=None, description="Keep NULL instead of defaults, which is slower."
    )
    initial_load_parallelism: int | None = Field(default=None, description="Workers per table.")
    snapshot_num_rows_per_partition: int | None = Field(default=None, description="Usually 100000.")
    snapshot_number_of_parallel_tables: int | None = Field(
        default=None, description="Tables at once."
    )


class BigqueryTableMapping(TableOrder, TargetTable):
    source_dataset_name: Text = Field(description="Dataset name.")
    source_table: Text = Field(description="Table name.")
    query_cdc_watermark_column: Text | None = Field(
        default=None, description="TIMESTAMP column of the last change, for query_based."
    )
    events_function: Literal["appends", "changes"] | None = Field(
        default=None, description="Which history to read, for events_based."
    )


class BigquerySource(Request):
    snapshot_staging_path: Text = Field(description="gs://bucket/path/ for temporary files.")
    authentication: Literal["SERVICE_ACCOUNT", WorkloadIdentity] | None = Field(
        default=None,
        description="SERVICE_ACCOUNT by default, which needs credentials; the other needs "
        "project_id.",
    )
    project_id: Text | None = Field(default=None, description="Google Cloud project.")
    credentials: ServiceAccount | None = Field(
        default=None, description="Key, for SERVICE_ACCOUNT only."
    )
    settings: BigquerySettings = Field(description="How to copy.")
    table_mappings: list[BigqueryTableMapping] = Field(min_length=1, description="Tables to copy.")


class BigqueryCreate(DatabaseCreate):
    source: BigquerySource = Field(description="The project and its tables.")


SPEC = SourceSpec(
    key="bigquery",
    arm="bigquery",
    types=(),
    title="BigQuery",
    also_called={
        "google bigquery": "",
    },
    family=Family.DATABASE,
    create=BigqueryCreate,
    update=None,
    documentation=DOCUMENTATION,
    description=(
        "Copy tables of BigQuery into ClickHouse, once or kept in step, through a Cloud Storage "
        "bucket of yours. "
        "A BigQuery pipe cannot be changed afterwards."
    ),
    example=EXAMPLE,
    rules=(
        *IDENTITY_RULES,
        *SNAPSHOT_RULES,
        *REPLICATION_RULES,
        *nullable_rules(BOOK),
        *target_rules(BOOK, "table_mappings", ("source_dataset_name", "source_table")),
        *order_rules(BOOK, "table_mappings", duplicates="warn"),
        SORTING_RULE,
        reserved_roles_rule(BOOK),
    ),
    read_back=SNAPSHOT_READ_BACK
    | ReadBack(
        sometimes=("authentication",),
        chosen=("allow_nullable_columns",),
        defaults={"authentication": ("SERVICE_ACCOUNT",)},
        identifying=("source_dataset_name", "source_table"),
    ),
    recipients=only(GOOGLE),
    reads=("project_id", "snapshot_staging_path"),
    beginnings=(ONLY_CHANGES,),
    charges=DATABASE_CHARGES,
    settings_rules=NO_SETTINGS_RULES,
    google_grant=GoogleGrant(
        "roles/bigquery.dataViewer on the datasets, roles/bigquery.jobUser on the project, "
        "roles/storage.objectAdmin and roles/storage.bucketViewer on the staging bucket"
    ),
    immutable=dict.fromkeys(BigquerySource.model_fields, RECREATE),
)
