"""BigQuery, copied once through a Cloud Storage bucket.

Source: OpenAPI contract, ClickPipeMutateBigQuerySource; workload identity and replicating changes
are newer and known from the official command-line client and the Terraform provider.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.rule_words import (
    Check,
    Condition,
    RuleBook,
    avoids,
    both,
    each,
    equal,
    every,
    forbids,
    given,
    matches,
    needs,
    needs_any,
    only_when,
    reject,
    satisfies,
    unlike,
)
from clickpipes_mcp.secret_refs import JsonKeySecret
from clickpipes_mcp.source_facts import GoogleGrant, ReadBack
from clickpipes_mcp.sources._charges import DATABASE_CHARGES
from clickpipes_mcp.sources._database import (
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
from clickpipes_mcp.sources._gcp_identity import WORKLOAD_IDENTITY, WorkloadIdentity, no_key_rule
from clickpipes_mcp.sources._pipe import DOCS, DatabaseCreate
from clickpipes_mcp.sources._recipients import GOOGLE, only
from clickpipes_mcp.sources._settings import NO_SETTINGS_RULES

DOCUMENTATION = f"{DOCS}/bigquery"
CDC_TUNING = (
    "sync_cron",
    "query_cdc_pull_sync_parallelism",
    "sync_delay_seconds",
    "pull_window_size_seconds",
)
CDC_SETTINGS = (
    "replication_method",
    "sync_interval_seconds",
    *CDC_TUNING,
)
"""What only a pipe that replicates changes takes. Source: clickhousectl 0.5, create bigquery."""

CDC_COLUMNS = {
    "query_based": "query_cdc_watermark_column",
    "events_based": "events_function",
}
"""What each mapping needs, by replication_method. Source: clickhousectl 0.5, create bigquery."""


class ServiceAccount(Request):
    service_account_file: JsonKeySecret = Field(
        description="Service account key file: ${env:CLICKPIPES_SECRET_…} or base64."
    )


class BigquerySettings(Request):
    """The contract says no minimum of the numbers, unlike for the other databases; a rule does."""

    model_config = unadvertised(*CDC_TUNING)

    replication_mode: ReplicationMode = Field(
        description="snapshot; cdc and cdc_only need replication_method."
    )
    replication_method: Literal["query_based", "events_based"] | None = Field(
        default=None, description="For cdc and cdc_only."
    )
    sync_interval_seconds: Positive | None = Field(default=None, description="For cdc, seconds.")
    sync_cron: Text | None = Field(default=None, description="Instead of an interval.")
    query_cdc_pull_sync_parallelism: Positive | None = Field(
        default=None, description="For cdc, tables at once."
    )
    sync_delay_seconds: int | None = Field(default=None, description="For cdc, seconds.")
    pull_window_size_seconds: Positive | None = Field(default=None, description="For cdc, seconds.")
    allow_nullable_columns: Flag | None = Field(
        default=None, description="Keep NULL instead of defaults; slower."
    )
    initial_load_parallelism: int | None = Field(default=None, description="Workers per table.")
    snapshot_num_rows_per_partition: int | None = Field(
        default=None, description="As a rule 100000."
    )
    snapshot_number_of_parallel_tables: int | None = Field(
        default=None, description="Tables at once."
    )


class BigqueryTableMapping(TableOrder, TargetTable):
    source_dataset_name: Text = Field(description="Dataset name.")
    source_table: Text = Field(description="Table name.")
    query_cdc_watermark_column: Text | None = Field(
        default=None, description="query_based: TIMESTAMP column of changes."
    )
    events_function: Literal["appends", "changes"] | None = Field(
        default=None, description="events_based: history to read."
    )


class BigquerySource(Request):
    snapshot_staging_path: Text = Field(description="gs://bucket/path/ for temporary files.")
    authentication: Literal["SERVICE_ACCOUNT", WorkloadIdentity] | None = Field(
        default=None, description="Default SERVICE_ACCOUNT (credentials); the other: project_id."
    )
    project_id: Text | None = Field(default=None, description="Google Cloud project.")
    credentials: ServiceAccount | None = Field(
        default=None, description="Only with SERVICE_ACCOUNT."
    )
    settings: BigquerySettings = Field(description="How to copy.")
    table_mappings: list[BigqueryTableMapping] = Field(min_length=1, description="Tables to copy.")


class BigqueryCreate(DatabaseCreate):
    source: BigquerySource = Field(description="Project and tables.")


_ORDERS = {
    "source_dataset_name": "shop",
    "source_table": "orders",
    "target_table": "shop_orders",
    "use_custom_sorting_key": True,
    "sorting_keys": ["id"],
    "table_engine": "ReplacingMergeTree",
}
EXAMPLE: Mapping[str, object] = {
    "name": "Orders from BigQuery",
    "source": {
        "snapshot_staging_path": "gs://example-staging/clickpipes/",
        "credentials": {"service_account_file": "${env:CLICKPIPES_SECRET_GCP}"},
        "settings": {"replication_mode": "snapshot"},
        "table_mappings": [_ORDERS],
    },
    "destination": {"database": "default"},
}

_BOOK = RuleBook("bigquery.", EXAMPLE, DOCUMENTATION, at="source.")
_IDENTITY = equal("source.authentication", WORKLOAD_IDENTITY)
_MODE = "source.settings.replication_mode"
_REPLICATES = unlike(_MODE, "snapshot")
_METHOD = "source.settings.replication_method"
_KEYLESS: dict[str, object] = {
    "authentication": WORKLOAD_IDENTITY,
    "project_id": "example-project",
    "credentials": None,
}
_CDC_MAPPING = {**_ORDERS, "query_cdc_watermark_column": "updated_at"}
_CDC: dict[str, object] = {
    "settings": {"replication_mode": "cdc", "replication_method": "query_based"},
    "table_mappings": [_CDC_MAPPING],
}


def _columns_by_method() -> Check:
    """Each mapping holds the field of the pipe's method, and not the other's."""
    return every(
        *(
            only_when(
                equal(_METHOD, method),
                each(
                    "source.table_mappings[]",
                    needs(column, message=f"{method} replication needs {column} in each mapping."),
                    *(
                        forbids(other, message=f"{other} does not go with {method} replication.")
                        for other in CDC_COLUMNS.values()
                        if other != column
                    ),
                ),
            )
            for method, column in CDC_COLUMNS.items()
        )
    )


_COLUMNS_BY_METHOD = _columns_by_method()
_COMPLETE_CDC = Condition(
    "changes are replicated",
    lambda model: (
        both(_REPLICATES, given(_METHOD)).holds(model) and not any(_COLUMNS_BY_METHOD(model))
    ),
)

_IDENTITY_RULES = (
    _BOOK.rule(
        "service-account-needs-key",
        "Service account authentication needs the account's key file.",
        needs(
            "source.credentials.service_account_file",
            when=unlike("source.authentication", WORKLOAD_IDENTITY),
            message="Service account authentication needs service_account_file.",
            fix="Give credentials with service_account_file, or use workload identity.",
        ),
        broken={"credentials": None},
        kept={"authentication": "SERVICE_ACCOUNT"},
    ),
    _BOOK.rule(
        "workload-identity-needs-project",
        "Workload identity needs the project's id.",
        needs("source.project_id", when=_IDENTITY),
        broken={**_KEYLESS, "project_id": None},
        kept=_KEYLESS,
    ),
    no_key_rule(
        _BOOK,
        "workload-identity-takes-no-key",
        key="credentials",
        broken={"authentication": WORKLOAD_IDENTITY, "project_id": "example-project"},
        kept=_KEYLESS,
    ),
)

_AMOUNTS = (
    "initial_load_parallelism",
    "snapshot_num_rows_per_partition",
    "snapshot_number_of_parallel_tables",
)
_AMOUNT_RULES = (
    _BOOK.rule(
        "amounts-are-positive",
        "Parallelism and partition sizes are at least 1.",
        every(
            *(
                satisfies(
                    f"source.settings.{name}",
                    lambda value: isinstance(value, int) and value > 0,
                    message="This must be at least 1.",
                    fix=f"Give at least 1, or leave {name} out.",
                )
                for name in _AMOUNTS
            )
        ),
        broken={"settings.initial_load_parallelism": 0},
        kept={"settings.initial_load_parallelism": 1},
    ),
)

_STAGING_RULES = (
    _BOOK.rule(
        "staging-in-cloud-storage",
        "The staging path lies in a Cloud Storage bucket.",
        avoids(
            "source.snapshot_staging_path",
            r"^(?!gs://)[^/]*://",
            message="Staging works in Google Cloud Storage only.",
            fix="Write gs://BUCKET/PATH/.",
        ),
        broken={"snapshot_staging_path": "s3://example-staging/clickpipes/"},
    ),
    _BOOK.rule(
        "staging-path-is-whole",
        "The staging path is written with gs://.",
        matches(
            "source.snapshot_staging_path",
            "://",
            message="The staging path has no gs:// in front.",
            fix="Write gs://BUCKET/PATH/.",
        ),
        broken={"snapshot_staging_path": "example-staging/clickpipes/"},
        effect="warn",
    ),
)

_CDC_RULES = (
    _BOOK.rule(
        "cdc-needs-method",
        "Replicating changes needs a method.",
        needs(_METHOD, when=_REPLICATES, fix="Give replication_method, or use snapshot."),
        broken={"settings": {"replication_mode": "cdc"}},
    ),
    _BOOK.rule(
        "snapshot-takes-no-cdc",
        "A snapshot takes none of the fields for replicating changes.",
        forbids(
            *(f"source.settings.{name}" for name in CDC_SETTINGS),
            *(f"source.table_mappings[].{name}" for name in CDC_COLUMNS.values()),
            when=equal(_MODE, "snapshot"),
        ),
        broken={
            "settings.sync_interval_seconds": 60,
            "table_mappings.0.events_function": "changes",
        },
    ),
    _BOOK.rule(
        "method-needs-column",
        "Each mapping holds the field that the replication method reads by.",
        _COLUMNS_BY_METHOD,
        broken={**_CDC, "table_mappings": [{**_CDC_MAPPING, "events_function": "changes"}]},
    ),
    _BOOK.rule(
        "cdc-not-documented",
        "The documentation knows snapshots only; the Terraform provider replicates changes too.",
        reject(
            _COMPLETE_CDC,
            _MODE,
            "Replicating changes from BigQuery is newer than its documentation.",
            fix="If the API refuses, use snapshot or ask ClickHouse support to enable it.",
        ),
        broken=_CDC,
        documentation=f"{DOCUMENTATION}/overview",
        effect="warn",
    ),
)

SPEC = SourceSpec(
    key="bigquery",
    arm="bigquery",
    types=(),
    title="BigQuery",
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
        *_IDENTITY_RULES,
        *_STAGING_RULES,
        *_AMOUNT_RULES,
        *_CDC_RULES,
        *nullable_rules(_BOOK),
        *target_rules(_BOOK, "table_mappings", ("source_dataset_name", "source_table")),
        *order_rules(_BOOK, "table_mappings", duplicates="warn"),
        _BOOK.rule(
            "sorting-key-expected",
            "Without a custom sorting key a table has none, and every query reads all of it.",
            each(
                "source.table_mappings[]",
                needs_any(
                    "sorting_keys",
                    "use_custom_sorting_key",
                    message="Without sorting_keys the table is not sorted: every query reads all.",
                    fix="Set use_custom_sorting_key to true and give sorting_keys.",
                ),
            ),
            broken={
                "table_mappings.0.use_custom_sorting_key": None,
                "table_mappings.0.sorting_keys": None,
            },
            effect="warn",
        ),
        reserved_roles_rule(_BOOK),
    ),
    read_back=SNAPSHOT_READ_BACK
    | ReadBack(
        sometimes=("authentication",),
        chosen=("allow_nullable_columns",),
        defaults={"authentication": ("SERVICE_ACCOUNT",)},
        identifying=("source_dataset_name", "source_table"),
    ),
    recipients=only(GOOGLE),
    charges=DATABASE_CHARGES,
    settings_rules=NO_SETTINGS_RULES,
    google_grant=GoogleGrant(
        "roles/bigquery.dataViewer on the datasets, roles/bigquery.jobUser on the project, "
        "roles/storage.objectAdmin and roles/storage.bucketViewer on the staging bucket"
    ),
    immutable=dict.fromkeys(BigquerySource.model_fields, RECREATE),
)
