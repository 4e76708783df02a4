"""Google BigQuery."""

from collections.abc import Iterator, Mapping
from typing import Final

from clickpipes_mcp.simulator.arms._arm import WORKLOAD_IDENTITY, Arm
from clickpipes_mcp.simulator.arms._database import (
    replication,
    shown_mappings,
    sorting_rules,
    with_settings,
)
from clickpipes_mcp.simulator.contract.bigquery import CHANGE_SETTINGS, SCHEMAS
from clickpipes_mcp.simulator.documents import Document, JsonObject, child, is_given, items, text

# What each mapping names, by the method that finds the changes. Source: the Terraform provider.
_CHANGE_FIELDS: Final[Mapping[str, str]] = {
    "query_based": "queryCdcWatermarkColumn",
    "events_based": "eventsFunction",
}


def _change_rules(source: Document) -> Iterator[str]:
    settings = child(source, "settings")
    mode, method = text(settings, "replicationMode"), text(settings, "replicationMethod")
    if mode == "snapshot":
        for name in CHANGE_SETTINGS:
            if is_given(settings, name):
                yield f"settings.{name} must not be set for snapshot replication mode"
    elif not method:
        yield f"settings.replicationMethod is required for {mode} replication mode"
    for mapping in items(source, "tableMappings"):
        for of_method, name in _CHANGE_FIELDS.items():
            if of_method == method and not is_given(mapping, name):
                yield f"tableMappings.{name} is required for {method} replication method"
            if of_method != method and is_given(mapping, name):
                yield f"tableMappings.{name} is only allowed for {of_method} replication method"


def _rules(source: Document) -> Iterator[str]:
    has_key = is_given(source, "credentials")
    if text(source, "authentication") == WORKLOAD_IDENTITY:
        if has_key:
            yield f"credentials are not allowed for {WORKLOAD_IDENTITY} authentication"
        if not is_given(source, "projectId"):
            yield f"projectId is required for {WORKLOAD_IDENTITY} authentication"
    elif not has_key:
        yield "request body.source.bigquery.credentials: 'undefined'"
    yield from _change_rules(source)
    yield from sorting_rules(source)


def _prepare(source: JsonObject) -> JsonObject:
    return with_settings(
        {"authentication": "SERVICE_ACCOUNT", **source},
        {
            "replicationMode": "snapshot",
            "initialLoadParallelism": 4,
            "snapshotNumRowsPerPartition": 100000,
            "snapshotNumberOfParallelTables": 1,
        },
    )


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="BigQuery",
    family=replication,
    addresses=("snapshotStagingPath", "projectId"),
    secrets=(("credentials",),),
    rules=_rules,
    prepare=_prepare,
    show=shown_mappings,
    example={
        "snapshotStagingPath": "gs://simulated-staging/exports/",
        "settings": {"replicationMode": "snapshot"},
        "tableMappings": [
            {"sourceDatasetName": "sales", "sourceTable": "orders", "targetTable": "sales_orders"}
        ],
    },
    database=True,
    mapping_names=("sourceDatasetName", "sourceTable"),
)
