"""Google BigQuery."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms._arm import WORKLOAD_IDENTITY, Arm, kind
from clickpipes_mcp.simulator.arms._database import shown_mappings, sorting_rules, with_settings
from clickpipes_mcp.simulator.documents import Document, JsonObject, is_given, text
from clickpipes_mcp.simulator.lifecycle import Family


def _rules(source: Document) -> Iterator[str]:
    has_key = is_given(source, "credentials")
    if text(source, "authentication") == WORKLOAD_IDENTITY:
        if has_key:
            yield f"credentials are not allowed for {WORKLOAD_IDENTITY} authentication"
        if not is_given(source, "projectId"):
            yield f"projectId is required for {WORKLOAD_IDENTITY} authentication"
    elif not has_key:
        yield "request body.source.bigquery.credentials: 'undefined'"
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


def _snapshot(_source: Document) -> Family:
    return Family.SNAPSHOT


ARM: Final = Arm(
    key="bigquery",
    label="BigQuery",
    family=_snapshot,
    addresses=("snapshotStagingPath", "projectId"),
    secrets=(("credentials",),),
    rules=_rules,
    prepare=_prepare,
    show=shown_mappings,
    patchable=None,
    flavour=kind("bigquery"),
    database=True,
    mapping_names=("sourceDatasetName", "sourceTable"),
)
