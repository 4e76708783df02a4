"""What the database sources share: replication modes, mappings, logins."""

from collections.abc import Iterator, Mapping
from typing import Final

from clickpipes_mcp.simulator.documents import (
    Document,
    JsonObject,
    as_object,
    child,
    is_given,
    items,
    text,
)
from clickpipes_mcp.simulator.lifecycle import Family

_FAMILIES: Final[Mapping[str, Family]] = {
    "cdc": Family.CDC,
    "cdc_only": Family.CDC_ONLY,
    "snapshot": Family.SNAPSHOT,
}
# Source: ClickPipes documentation, "controlling the sync" and "parallel initial load".
CDC_DEFAULTS: Final[Mapping[str, object]] = {
    "replicationMode": "cdc",
    "syncIntervalSeconds": 60,
    "pullBatchSize": 100000,
    "snapshotNumRowsPerPartition": 100000,
    "snapshotNumberOfParallelTables": 1,
    "initialLoadParallelism": 4,
}
# Source: the live walkthrough in the ClickHouse documentation stores this for a plain mapping.
DEFAULT_ENGINE: Final = "MergeTree"
EXAMPLE_MAPPING: Final[JsonObject] = {
    "sourceSchemaName": "public",
    "sourceTable": "orders",
    "targetTable": "public_orders",
    "tableEngine": "ReplacingMergeTree",
}


def replication(source: Document) -> Family:
    """The family that the replication mode makes of a pipe."""
    return _FAMILIES.get(text(child(source, "settings"), "replicationMode"), Family.CDC)


def login_rules(source: Document) -> Iterator[str]:
    """Basic needs a login, IAM_ROLE a role; basic together with a role is accepted."""
    if text(source, "authentication") == "IAM_ROLE":
        if not is_given(source, "iamRole"):
            yield "iamRole is required for IAM_ROLE authentication"
        return
    credentials = child(source, "credentials")
    for name in ("username", "password"):
        if not is_given(credentials, name):
            yield f"{name} is required for basic authentication"


def sorting_rules(source: Document) -> Iterator[str]:
    """A custom sorting key has to be named."""
    for mapping in items(source, "tableMappings"):
        yield from mapping_rules(mapping)


def mapping_rules(mapping: Document) -> Iterator[str]:
    """What one mapping must hold together."""
    if mapping.get("useCustomSortingKey") and not mapping.get("sortingKeys"):
        yield "sortingKeys is required when useCustomSortingKey is true"


def with_settings(source: JsonObject, defaults: Mapping[str, object]) -> JsonObject:
    """The source with the settings the service fills in."""
    return {**source, "settings": {**defaults, **as_object(source.get("settings"))}}


def shown_mapping(mapping: JsonObject) -> JsonObject:
    """A mapping as a read answers it: the engine filled in, excluded columns out of order."""
    shown: JsonObject = {"tableEngine": DEFAULT_ENGINE, **mapping}
    for name in ("partitionByExpr", "excludedColumns", "sortingKeys"):
        if not shown.get(name):
            shown.pop(name, None)
    excluded = shown.get("excludedColumns")
    if isinstance(excluded, list):
        # Stored order is lost by the service (Terraform provider issue 558); reversed by hash here
        # so that a reader who trusts the order is found out.
        shown["excludedColumns"] = sorted(excluded, key=lambda name: str(name)[::-1], reverse=True)
    return shown


def shown_mappings(source: JsonObject) -> JsonObject:
    """The source with every mapping as a read answers it."""
    return {
        **source,
        "tableMappings": [shown_mapping(item) for item in items(source, "tableMappings")],
    }
