"""Google BigQuery."""

from typing import Final

from clickpipes_mcp.simulator.contract._databases import REPLICATION_MODE, SORTING, mappings
from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    GOOGLE_AUTHENTICATION,
    NAME,
    SERVICE_ACCOUNT,
    Properties,
    choice,
    or_null,
    structure,
    whole,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

# Source of what a pipe that follows changes takes: clickhousectl 0.5.0 and the Terraform provider.
CHANGE_SETTINGS: Final[Properties] = {
    "replicationMethod": choice("query_based", "events_based"),
    "syncIntervalSeconds": whole(1),
    "syncCron": NAME,
    "queryCdcPullSyncParallelism": whole(1),
    "syncDelaySeconds": {"type": "integer"},
    "pullWindowSizeSeconds": whole(1),
}
_NAMES: Final = ("sourceDatasetName", "sourceTable", "targetTable")
_CREATE: Final[Properties] = {
    "snapshotStagingPath": {"type": "string", "pattern": "^gs://."},
    "authentication": or_null(GOOGLE_AUTHENTICATION),
    "projectId": or_null(NAME),
    "credentials": or_null(SERVICE_ACCOUNT),
    "settings": structure(
        {
            "replicationMode": REPLICATION_MODE,
            **CHANGE_SETTINGS,
            "allowNullableColumns": FLAG,
            "initialLoadParallelism": whole(1),
            "snapshotNumRowsPerPartition": whole(1),
            "snapshotNumberOfParallelTables": whole(1),
        },
        ("replicationMode",),
    ),
    "tableMappings": mappings(
        {
            **SORTING,
            "queryCdcWatermarkColumn": NAME,
            "eventsFunction": choice("appends", "changes"),
        },
        _NAMES,
        1,
    ),
}

SCHEMAS: Final = source_schemas(
    "bigquery",
    structure(_CREATE, ("snapshotStagingPath", "settings", "tableMappings")),
)
