"""The attributes of the provider's resources, as data.

Source: github.com/ClickHouse/terraform-provider-clickhouse, docs/resources/clickpipe.md,
clickpipes_reverse_private_endpoint.md, clickpipes_ssh_key.md and clickpipe_cdc_infrastructure.md
of its versions 3.26 to 3.33, and the schema in resource/models/clickpipe_resource.go.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias, Union

Node: TypeAlias = Union[tuple[object, ...], "Attributes", None]
"""What an attribute takes: anything, one of several values, or an object of attributes.

A list of objects is written as one object.
"""

Attributes: TypeAlias = Mapping[str, Node]


def _plain(names: str) -> Attributes:
    return dict.fromkeys(names.split())


_WITH_VERSION: Final = _plain("password password_wo password_wo_version")
_LOGIN: Final[Attributes] = {**_plain("username"), **_WITH_VERSION}
_ACCESS_KEY: Final = _plain("access_key_id secret_key")
_ACCOUNT: Final = _plain("service_account_file")
_ENGINES: Final = ("MergeTree", "ReplacingMergeTree", "Null")
_MODES: Final = ("cdc", "snapshot", "cdc_only")
_SERVER: Final = _plain(
    "host port iam_role tls_host ca_certificate disable_tls skip_cert_verification "
    "ssh_key_resource_id"
)
_SNAPSHOT: Final = _plain(
    "allow_nullable_columns initial_load_parallelism snapshot_num_rows_per_partition "
    "snapshot_number_of_parallel_tables"
)
_SYNC: Final = _plain("sync_interval_seconds pull_batch_size delete_on_merge")
_SQL_MAPPING: Final[Attributes] = {
    **_plain(
        "source_schema_name source_table target_table excluded_columns use_custom_sorting_key "
        "sorting_keys partition_key partition_by_expr"
    ),
    "table_engine": _ENGINES,
}
_SQL_AUTHENTICATION: Final = ("basic", "IAM_ROLE")

_KAFKA: Final[Attributes] = {
    **_plain(
        "brokers topics consumer_group iam_role ca_certificate reverse_private_endpoint_ids "
        "exactly_once protobuf_schema ssh_key_resource_id"
    ),
    "type": ("kafka", "redpanda", "confluent", "msk", "warpstream", "azureeventhub", "gcmk"),
    "format": ("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "authentication": (
        "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS",
    ),
    "tombstone_mode": ("delete",),
    "offset": _plain("strategy timestamp"),
    "schema_registry": {
        **_plain("type url authentication"),
        "credentials": _LOGIN,
        "glue": _plain("region registry_name role_arn"),
    },
    "credentials": {
        **_LOGIN,
        **_ACCESS_KEY,
        **_plain("connection_string certificate private_key"),
    },
}  # fmt: skip
_KINESIS: Final[Attributes] = {
    **_plain("stream_name region timestamp use_enhanced_fan_out iam_role protobuf_schema"),
    "format": ("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "iterator_type": ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
    "authentication": ("IAM_ROLE", "IAM_USER"),
    "access_key": _ACCESS_KEY,
    "schema_registry": _plain("type glue_region glue_registry_name glue_role_arn"),
}
_PUBSUB: Final[Attributes] = {
    **_plain("project_id topic seek_timestamp filter enable_ordering ack_deadline"),
    "format": ("JSONEachRow", "Avro", "Protobuf"),
    "authentication": ("SERVICE_ACCOUNT",),
    "seek_type": ("latest", "earliest", "timestamp"),
    "service_account_key": _ACCOUNT,
}
_OBJECT_STORAGE: Final[Attributes] = {
    **_plain(
        "url delimiter is_continuous queue_url skip_initial_load start_after iam_role "
        "service_account_key connection_string path azure_container_name"
    ),
    "type": ("s3", "gcs", "azureblobstorage"),
    "format": ("JSONEachRow", "CSV", "CSVWithNames", "Parquet", "Avro"),
    "compression": ("none", "auto", "gzip", "brotli", "br", "xz", "LZMA", "zstd"),
    "authentication": ("CONNECTION_STRING", "IAM_ROLE", "IAM_USER", "SERVICE_ACCOUNT"),
    "access_key": _ACCESS_KEY,
}
_POSTGRES: Final[Attributes] = {
    **_SERVER,
    **_plain("database"),
    "type": (
        "postgres", "supabase", "neon", "alloydb", "planetscale", "rdspostgres", "aurorapostgres",
        "cloudsqlpostgres", "azurepostgres", "crunchybridge", "tigerdata",
    ),
    "authentication": _SQL_AUTHENTICATION,
    "credentials": _LOGIN,
    "settings": {
        **_SNAPSHOT,
        **_SYNC,
        **_plain("publication_name replication_slot_name enable_failover_slots"),
        "replication_mode": _MODES,
    },
    "table_mappings": _SQL_MAPPING,
}  # fmt: skip
_MYSQL: Final[Attributes] = {
    **_SERVER,
    **_plain("server_id"),
    "type": (
        "mysql", "rdsmysql", "auroramysql", "planetscalevitess", "mariadb", "rdsmariadb",
    ),
    "authentication": _SQL_AUTHENTICATION,
    "credentials": _LOGIN,
    "settings": {
        **_SNAPSHOT,
        **_SYNC,
        **_plain("use_compression"),
        "replication_mode": _MODES,
        "replication_mechanism": ("GTID", "FILE_POS"),
    },
    "table_mappings": _SQL_MAPPING,
}  # fmt: skip
_MONGODB: Final[Attributes] = {
    **_plain("uri tls_host ca_certificate disable_tls skip_cert_verification ssh_key_resource_id"),
    "read_preference": (
        "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest",
    ),
    "credentials": _LOGIN,
    "settings": {
        **_SYNC,
        **_plain(
            "initial_load_parallelism snapshot_num_rows_per_partition "
            "snapshot_number_of_parallel_tables use_json_native_format"
        ),
        "replication_mode": _MODES,
    },
    "table_mappings": {
        **_plain("source_database_name source_collection target_table"),
        "table_engine": _ENGINES,
    },
}  # fmt: skip
_BIGQUERY: Final[Attributes] = {
    **_plain("snapshot_staging_path authentication project_id"),
    "credentials": _ACCOUNT,
    "settings": {
        **_SNAPSHOT,
        **_plain(
            "replication_method sync_interval_seconds query_cdc_pull_sync_parallelism "
            "sync_delay_seconds pull_window_size_seconds"
        ),
        "replication_mode": _MODES,
    },
    "table_mappings": {
        **_plain(
            "source_dataset_name source_table target_table excluded_columns "
            "use_custom_sorting_key sorting_keys query_cdc_watermark_column events_function"
        ),
        "table_engine": _ENGINES,
    },
}

SOURCES: Final[Attributes] = {
    "kafka": _KAFKA,
    "kinesis": _KINESIS,
    "pubsub": _PUBSUB,
    "object_storage": _OBJECT_STORAGE,
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "mongodb": _MONGODB,
    "bigquery": _BIGQUERY,
}
DESTINATION: Final[Attributes] = {
    **_plain("database table managed_table roles"),
    "columns": _plain("name type"),
    "table_definition": {
        **_plain("sorting_key partition_by primary_key ttl"),
        "engine": {
            "type": (*_ENGINES, "SummingMergeTree"),
            **_plain("version_column_id column_ids"),
        },
    },
}
PIPE: Final[Attributes] = {
    **_plain("service_id name stopped trigger_resync settings"),
    "source": SOURCES,
    "destination": DESTINATION,
    "field_mappings": _plain("source_field destination_field"),
    "scaling": _plain("replicas replica_cpu_millicores replica_memory_gb"),
}
ENDPOINT: Final[Attributes] = {
    **_plain(
        "service_id description vpc_endpoint_service_name vpc_resource_configuration_id "
        "vpc_resource_share_arn msk_cluster_arn msk_authentication gcp_service_attachment"
    ),
    "type": (
        "VPC_ENDPOINT_SERVICE", "VPC_RESOURCE", "MSK_MULTI_VPC", "GCP_PSC_SERVICE_ATTACHMENT",
    ),
    "custom_private_dns_mappings": _plain("private_dns_name"),
}  # fmt: skip
SSH_KEY: Final[Attributes] = _plain("service_id name description host port username")

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "kafka": ("brokers", "topics", "format"),
    "kinesis": ("format", "stream_name", "region", "iterator_type", "authentication"),
    "pubsub": (
        "format", "project_id", "topic", "authentication", "seek_type", "service_account_key",
    ),
    "object_storage": ("format",),
    "postgres": ("host", "database", "credentials", "settings", "table_mappings"),
    "mysql": ("host", "credentials", "settings", "table_mappings"),
    "mongodb": ("uri", "read_preference", "settings", "table_mappings"),
    "bigquery": ("snapshot_staging_path", "settings", "table_mappings", "credentials"),
}  # fmt: skip
"""Of each source, what the provider refuses a plan without."""

MOST: Final[Mapping[str, float]] = {"replicas": 10}
"""The largest value of what the API takes more of."""
