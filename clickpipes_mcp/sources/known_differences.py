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
_ISSUES: Final = "github.com/ClickHouse/terraform-provider-clickhouse/issues"


_TUNNEL: Final = KnownDifference(
    _NEWER,
    "Terraform provider 3.33, docs/resources/clickpipe.md",
    ("create sshKeyResourceId: only ours",),
)


def _unchangeable(*names: str) -> KnownDifference:
    return KnownDifference(
        "an update that holds it is taken and changes nothing; here it is refused with a way out",
        f"{_ISSUES}/644",
        tuple(f"update {name}: only the document" for name in names),
    )


def _asked_by(rule: str, *places: str) -> KnownDifference:
    return KnownDifference(
        "a rule asks for it, so that one answer names every problem with its fix",
        f"rule {rule}",
        tuple(f"{place} required: only the document" for place in places),
    )


def _both_halves(rule: str, request: str) -> KnownDifference:
    return _asked_by(rule, f"{request} accessKey.accessKeyId", f"{request} accessKey.secretKey")


_COMPLETE_LOGIN: Final = _asked_by(
    "database.new-credentials-are-complete",
    "update credentials.username",
    "update credentials.password",
)

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
    KnownDifference(_NEWER, _PROVIDER, ("create tombstoneMode: only ours",)),
    _TUNNEL,
    _unchangeable(
        "type",
        "format",
        "brokers",
        "topics",
        "consumerGroup",
        "offset",
        "schemaRegistry",
        "exactlyOnce",
    ),
)
_KINESIS: Final = (
    KnownDifference(
        _NEWER,
        _CLIENT,
        ("create protobufSchema: only ours", "create format value Protobuf: only ours"),
    ),
    KnownDifference(_NEWER, _PROVIDER, ("create schemaRegistry: only ours",)),
    _both_halves("kinesis.credentials", "create"),
    _both_halves("kinesis.update-key-halves", "update"),
    _unchangeable(
        "format",
        "streamName",
        "region",
        "iteratorType",
        "timestamp",
        "useEnhancedFanOut",
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
    KnownDifference(
        "written by this package where a caller leaves it out",
        "model TypedSource",
        ("create type required: only the document",),
    ),
    _both_halves("object-storage.access-key-needed", "create"),
    _both_halves("s3.update-key-halves", "update"),
    _unchangeable(
        "type",
        "format",
        "url",
        "delimiter",
        "compression",
        "isContinuous",
        "queueUrl",
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
    _asked_by("pubsub.update-needs-authentication", "update authentication"),
)
_POSTGRES: Final = (
    KnownDifference(
        "said by the API in words; a rule warns of a port that is left out",
        "rule postgres.port-is-explicit",
        ("create port required: only the document",),
    ),
    KnownDifference(
        "both official clients always send it",
        _PROVIDER,
        ("create settings required: only ours",),
    ),
    KnownDifference(
        "the API refuses to change it, whatever is sent",
        f"{_ISSUES}/643",
        ("update authentication: only the document", "update iamRole: only the document"),
    ),
    _COMPLETE_LOGIN,
    _TUNNEL,
)
_MYSQL: Final = (
    _COMPLETE_LOGIN,
    _TUNNEL,
    KnownDifference(
        "the names of a table are enough to find its mapping",
        f"{_ISSUES}/618",
        ("update tableMappingsToRemove[].partitionByExpr: only the document",),
    ),
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
        f"{_ISSUES}/617",
        (
            "update host required: only the document",
            "update port required: only the document",
        ),
    ),
)
_MONGODB: Final = (
    _COMPLETE_LOGIN,
    _TUNNEL,
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
        f"{_ISSUES}/617",
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
    KnownDifference(
        "a rule asks for it, where the document of August 2026 says no minimum",
        "rule bigquery.amounts-are-positive",
        (
            "create settings.initialLoadParallelism minimum 1: only the document",
            "create settings.snapshotNumRowsPerPartition minimum 1: only the document",
            "create settings.snapshotNumberOfParallelTables minimum 1: only the document",
        ),
    ),
    KnownDifference(
        "the API answers in words that such a pipe cannot be changed",
        "ClickPipePatchSource, which has no such arm",
        ("update: only the document",),
    ),
)

SOURCE_DIFFERENCES: Final[Mapping[str, tuple[KnownDifference, ...]]] = {
    "kafka": _KAFKA,
    "kinesis": _KINESIS,
    "objectStorage": _OBJECT_STORAGE,
    "pubsub": _PUBSUB,
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "mongodb": _MONGODB,
    "bigquery": _BIGQUERY,
}
