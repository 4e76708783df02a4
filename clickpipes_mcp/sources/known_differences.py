"""What the sources hold on purpose against the API's published document, by arm.

A line begins with the request it is about: create, update or discover. Then comes the place in
the arm, and what only one side knows.
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.contract import KnownDifference

_CLIENT: Final = "clickhousectl 0.5.0 sends it"
_PROVIDER: Final = "Terraform provider 3.33, internal/api/clickpipe_models.go"
_NEWER: Final = "newer than the document of August 2026"
_IDENTITY: Final = "value SERVICE_ACCOUNT_WORKLOAD_IDENTITY: only ours"
_BY_RULE: Final = "a rule asks for it, so that one answer names every problem with its fix"

_KAFKA: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "create protobufSchema: only ours",
            f"create authentication {_IDENTITY}",
            f"update authentication {_IDENTITY}",
            "create schemaRegistry.type: only ours",
            "create schemaRegistry.glueRegion: only ours",
            "create schemaRegistry.glueRegistryName: only ours",
            "create schemaRegistry.glueRoleArn: only ours",
        ),
    ),
)
_KINESIS: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        ("create protobufSchema: only ours", "create format value Protobuf: only ours"),
    ),
)
_OBJECT_STORAGE: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "discover: only ours",
            f"create authentication {_IDENTITY}",
            f"update authentication {_IDENTITY}",
        ),
    ),
)
_PUBSUB: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "discover: only ours",
            f"create authentication {_IDENTITY}",
            f"update authentication {_IDENTITY}",
        ),
    ),
    KnownDifference(
        "a key is not sent with workload identity; beside the other authentication a rule asks "
        "for it",
        _CLIENT,
        (
            "create serviceAccountKey required: only the document",
            "update serviceAccountKey required: only the document",
        ),
    ),
    KnownDifference(
        _BY_RULE,
        "rule pubsub.update-needs-authentication",
        ("update authentication required: only the document",),
    ),
)
_MYSQL: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "create tableMappings[].partitionByExpr: only ours",
            "update tableMappingsToAdd[].partitionByExpr: only ours",
            "create type value cloudsqlmysql: only ours",
            "create type value planetscalevitess: only ours",
        ),
    ),
    KnownDifference(
        "the API takes an edit of tables alone",
        "github.com/ClickHouse/terraform-provider-clickhouse issues 617 and 618",
        (
            "update host required: only the document",
            "update port required: only the document",
        ),
    ),
)
_MONGODB: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "create settings.initialLoadParallelism: only ours",
            "create tableMappings[].structuredIngestion: only ours",
            "update tableMappingsToAdd[].structuredIngestion: only ours",
        ),
    ),
    KnownDifference(
        "the API takes an edit of tables alone",
        "github.com/ClickHouse/terraform-provider-clickhouse issues 617 and 618",
        (
            "update uri required: only the document",
            "update readPreference required: only the document",
        ),
    ),
)
_BIGQUERY: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        (
            "create authentication: only ours",
            "create projectId: only ours",
            "create settings.replicationMode value cdc: only ours",
            "create settings.replicationMode value cdc_only: only ours",
            "create settings.replicationMethod: only ours",
            "create settings.syncIntervalSeconds: only ours",
            "create settings.syncCron: only ours",
            "create settings.syncDelaySeconds: only ours",
            "create settings.pullWindowSizeSeconds: only ours",
            "create settings.queryCdcPullSyncParallelism: only ours",
            "create tableMappings[].queryCdcWatermarkColumn: only ours",
            "create tableMappings[].eventsFunction: only ours",
        ),
    ),
)

SOURCE_DIFFERENCES: Final[Mapping[str, tuple[KnownDifference, ...]]] = {
    "kafka": _KAFKA,
    "kinesis": _KINESIS,
    "objectStorage": _OBJECT_STORAGE,
    "pubsub": _PUBSUB,
    "mysql": _MYSQL,
    "mongodb": _MONGODB,
    "bigquery": _BIGQUERY,
}
