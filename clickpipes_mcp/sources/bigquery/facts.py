"""What is known of BigQuery pipes, and an example that keeps all rules."""

from collections.abc import Mapping

from clickpipes_mcp.rule_words import RuleBook
from clickpipes_mcp.sources._pipe import DOCS

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

ORDERS = {
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
        "table_mappings": [ORDERS],
    },
    "destination": {"database": "default"},
}
BOOK = RuleBook("bigquery.", EXAMPLE, DOCUMENTATION, at="source.")
