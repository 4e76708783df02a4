"""What the schemas of the database sources share."""

from collections.abc import Sequence
from typing import Final

from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    NAME,
    SECRET,
    TEXT,
    Properties,
    array,
    choice,
    or_null,
    structure,
    whole,
)
from clickpipes_mcp.simulator.documents import JsonObject

PORT: Final = whole(1, 65535, errorForm="value")
ENGINE: Final = choice("MergeTree", "ReplacingMergeTree", "Null")
REPLICATION_MODE: Final = choice("cdc", "snapshot", "cdc_only")
AUTHENTICATION: Final = choice("basic", "IAM_ROLE")
# A patch that holds half a login is refused (Terraform provider issue 528).
WHOLE_LOGIN: Final = structure(
    {"username": SECRET, "password": SECRET}, ("username", "password"), writeOnly=True
)
CDC_SETTINGS: Final[Properties] = {
    "syncIntervalSeconds": whole(1),
    "pullBatchSize": whole(1),
    "replicationMode": REPLICATION_MODE,
    "snapshotNumRowsPerPartition": whole(1000),
    "snapshotNumberOfParallelTables": whole(1),
    "initialLoadParallelism": whole(1),
    "deleteOnMerge": FLAG,
}
PATCHED_SETTINGS: Final[Properties] = {
    "syncIntervalSeconds": or_null(whole(1)),
    "pullBatchSize": or_null(whole(1)),
}
SORTING: Final[Properties] = {
    "excludedColumns": array(NAME, uniqueItems=True),
    "useCustomSortingKey": FLAG,
    "sortingKeys": array(NAME, uniqueItems=True),
    "tableEngine": ENGINE,
}
TLS: Final[Properties] = {
    "tlsHost": or_null(NAME),
    "caCertificate": or_null(NAME),
    "disableTls": or_null(FLAG),
    "skipCertVerification": or_null(FLAG),
}


def mappings(properties: Properties, names: Sequence[str], at_least: int = 0) -> JsonObject:
    """Table mappings, each naming its source and target by these names."""
    return array(structure({**_named(names), **properties}, names), minItems=at_least)


def removals(names: Sequence[str], **more: JsonObject) -> JsonObject:
    """Table mappings to remove, which the same names find."""
    known: Properties = {**_named(names), **more, "tableEngine": or_null(ENGINE)}
    return array(structure(known, names))


def _named(names: Sequence[str]) -> Properties:
    return dict.fromkeys(names, NAME)


_SQL_NAMES: Final = ("sourceSchemaName", "sourceTable", "targetTable")
_SQL_MAPPING: Final[Properties] = {**SORTING, "partitionKey": TEXT, "partitionByExpr": TEXT}
SQL_MAPPINGS: Final = mappings(_SQL_MAPPING, _SQL_NAMES, 1)
SQL_MAPPING_CHANGES: Final[Properties] = {
    "tableMappingsToAdd": mappings(_SQL_MAPPING, _SQL_NAMES),
    "tableMappingsToRemove": removals(
        _SQL_NAMES, partitionKey=or_null(TEXT), partitionByExpr=or_null(TEXT)
    ),
}
