"""What ClickPipes needs of BigQuery, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/bigquery/overview; Google's documentation on
exporting table data, on external tables, and the reference of the BigQuery and Storage APIs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.checks.bigquery.facts import Facts, Table
from clickpipes_mcp.checks.bigquery.places import can_export
from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.google import commands
from clickpipes_mcp.checks.google.fields import words_of
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.counting import counted

TABLE_RIGHTS: Final = ("bigquery.tables.getData", "bigquery.tables.export")
BUCKET_RIGHTS: Final = (
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
)
_VIEWER: Final = "roles/bigquery.dataViewer"
_JOBS: Final = "roles/bigquery.jobUser"
_NOT_EXPORTED: Final = ("VIEW", "MATERIALIZED_VIEW", "EXTERNAL")
_BUCKET_ROLES: Final = "roles/storage.objectAdmin and roles/storage.bucketViewer"

Judge: TypeAlias = Callable[[Facts], Judged]


def _job_right(facts: Facts) -> Judged:
    if facts.job.is_ok:
        return "The account may run jobs in the project."
    if facts.job.is_off:
        return Flaw(
            "The BigQuery API is not enabled in the project.",
            commands.enable("bigquery", facts.wish.project),
        )
    if facts.job.is_missing:
        return Flaw(f"There is no such project: {facts.job.told}", "Correct project_id.")
    if facts.job.is_refused:
        return Flaw(
            f"The account may not run jobs: {facts.job.told}",
            commands.grant_on_project(facts.wish.project, facts.key, _JOBS),
        )
    return Unseen(f"Google answered: {facts.job.told}", "Look again in a while.")


def _tables_exist(facts: Facts) -> Judged:
    lost = [one for one in facts.tables if one.answer.is_missing]
    if lost:
        return Flaw(
            f"{listed(one.called for one in lost)}: not there.",
            "Correct source_dataset_name and source_table.",
        )
    if facts.job.is_off:
        return None
    if not facts.tables:
        return Flaw("The account sees no table.", _grant_reading(facts))
    return f"{counted(len(facts.found), 'table was', 'tables were')} found."


def _grant_reading(facts: Facts) -> str:
    command = commands.grant_on_project(facts.wish.project, facts.key, _VIEWER)
    return f"{command} or the same on the datasets alone."


def _table_right(facts: Facts) -> Judged:
    closed = [one for one in facts.tables if one.answer.is_refused]
    if closed:
        told = f"The account may not see {listed(one.called for one in closed)}."
        return Flaw(told, _grant_reading(facts))
    strange = [one for one in facts.tables if not (one.answer.is_ok or one.answer.is_missing)]
    if strange:
        return Unseen(f"Google answered: {strange[0].answer.told}", "Look again in a while.")
    return _read_right(facts)


def _read_right(facts: Facts) -> Judged:
    if not facts.found:
        return None
    lacking = {
        table.called: right
        for table in facts.found
        for right in TABLE_RIGHTS
        if table.rights is not None and right not in table.rights
    }
    if lacking:
        return Flaw(
            f"The account lacks {listed(sorted(set(lacking.values())))} on {listed(lacking)}.",
            _grant_reading(facts),
        )
    if any(table.rights is None for table in facts.found):
        return Unseen(
            "Google does not tell what the account may do with the tables.",
            f"Look whether it has {_VIEWER}.",
        )
    return "The account may read and export the tables."


def _table_kinds(facts: Facts) -> Judged:
    others = [one for one in facts.found if one.kind in _NOT_EXPORTED]
    if not others or not facts.wish.mappings:
        return None
    return Flaw(
        f"{listed(one.called for one in others)}: no export job reads a view or an external table.",
        "Map the tables behind it, or write its rows into a table and map that.",
    )


def _mapped_columns(facts: Facts) -> Judged:
    lost = list(_lost_columns(facts))
    if not lost:
        return "The columns that the mappings name are there." if facts.wish.mappings else None
    return Flaw(f"{listed(lost)}: no such column.", "Correct the names in table_mappings.")


def _lost_columns(facts: Facts) -> Iterable[str]:
    for table in facts.found:
        mapping = facts.wish.mappings.get(table.place, {})
        named = [
            *words_of(mapping, "sortingKeys"),
            *words_of(mapping, "excludedColumns"),
            *filter(None, [text_of(mapping, "queryCdcWatermarkColumn")]),
        ]
        yield from (f"{table.called}.{one}" for one in named if one not in table.columns)


def _watermark(facts: Facts) -> Judged:
    if facts.wish.method != "query_based":
        return None
    wrong = [
        f"{table.called}.{name}"
        for table, name in _watermarks(facts)
        if text_of(table.columns.get(name, _NO_COLUMN), "type") != "TIMESTAMP"
    ]
    if wrong:
        return Flaw(f"{listed(wrong)}: no TIMESTAMP.", "Name a column of type TIMESTAMP.")
    return "The columns of the last change are of type TIMESTAMP."


_NO_COLUMN: Final[Mapping[str, JsonValue]] = {"type": "TIMESTAMP"}
"""A column that is not there is told of elsewhere."""


def _watermarks(facts: Facts) -> Iterable[tuple[Table, str]]:
    for table in facts.found:
        mapping = facts.wish.mappings.get(table.place, {})
        yield table, text_of(mapping, "queryCdcWatermarkColumn")


def _staging_bucket(facts: Facts) -> Judged:
    bucket = facts.bucket
    if bucket is None:
        return None
    if bucket.answer.is_missing:
        return Flaw(
            f"There is no bucket {bucket.name}.",
            "Correct snapshot_staging_path, or create the bucket where the dataset is.",
        )
    if bucket.rights is None:
        return Unseen(
            f"Google does not tell what the account may do with {bucket.name}.",
            f"Look whether it has {_BUCKET_ROLES} there.",
        )
    missing = [one for one in BUCKET_RIGHTS if one not in bucket.rights]
    if missing:
        whom = commands.member(facts.key)
        command = commands.grant_on_bucket(bucket.name, whom, "roles/storage.objectAdmin")
        return Flaw(
            f"The account lacks {listed(missing)} on {bucket.name}.",
            f"{command} and again with roles/storage.bucketViewer.",
        )
    return "The account may stage files in the bucket."


def _staging_location(facts: Facts) -> Judged:
    bucket = facts.bucket
    if bucket is None or not bucket.answer.is_ok or not facts.found:
        return None
    apart = sorted(
        {one.location for one in facts.found if not can_export(one.location, bucket.location)}
    )
    if not apart:
        return f"The bucket is in {bucket.location}, where the tables can be exported to."
    return Flaw(
        f"The bucket is in {bucket.location}, and tables are in {listed(apart)}.",
        "Stage in a bucket where the dataset is.",
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "job-right": _job_right,
    "tables-exist": _tables_exist,
    "table-right": _table_right,
    "table-kinds": _table_kinds,
    "mapped-columns": _mapped_columns,
    "watermark-column": _watermark,
    "staging-bucket": _staging_bucket,
    "staging-location": _staging_location,
}
"""By the id of the prerequisite, in the order in which a person would look."""
