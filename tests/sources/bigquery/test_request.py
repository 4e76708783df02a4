"""BigQuery."""

import pytest

from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.secret_refs import JsonKeySecret
from clickpipes_mcp.sources.bigquery import request as bigquery

MAPPING = bigquery.EXAMPLE["source"]["table_mappings"][0]
WATERMARK = {**MAPPING, "query_cdc_watermark_column": "updated_at"}
EVENTS = {**MAPPING, "events_function": "appends"}


def broken(changes: dict[str, object]) -> list[str]:
    model = bigquery.BigqueryCreate.model_validate(altered(bigquery.EXAMPLE, changes))
    return [rule.id for rule in bigquery.SPEC.rules if list(rule.check(model))]


def replicating(method: str, *mappings: dict[str, object], mode: str = "cdc") -> dict[str, object]:
    return {
        "source.settings": {"replication_mode": mode, "replication_method": method},
        "source.table_mappings": list(mappings),
    }


@pytest.mark.parametrize(
    "changes",
    [replicating("query_based", WATERMARK), replicating("events_based", EVENTS, mode="cdc_only")],
)
def test_replicating_changes_is_a_warning_where_it_is_complete(changes):
    assert broken(changes) == ["bigquery.cdc-not-documented"]


@pytest.mark.parametrize(
    "changes",
    [
        replicating("query_based", MAPPING),
        replicating("query_based", EVENTS),
        replicating("events_based", MAPPING),
        replicating("events_based", WATERMARK),
    ],
)
def test_a_method_without_its_own_column_is_refused(changes):
    assert broken(changes) == ["bigquery.method-needs-column"]


def test_every_field_that_a_snapshot_cannot_take_is_named():
    settings = {"replication_mode": "snapshot", "sync_delay_seconds": 0, "sync_cron": "@hourly"}
    changes = {"source.settings": settings, "source.table_mappings": [WATERMARK]}
    model = bigquery.BigqueryCreate.model_validate(altered(bigquery.EXAMPLE, changes))
    (rule,) = [rule for rule in bigquery.SPEC.rules if rule.id == "bigquery.snapshot-takes-no-cdc"]

    assert {violation.path[-1] for violation in rule.check(model)} == {
        "sync_delay_seconds",
        "sync_cron",
        "query_cdc_watermark_column",
    }


def test_a_project_may_be_named_beside_a_key():
    assert broken({"source.project_id": "example-project"}) == []


def test_the_key_file_is_a_secret_that_knows_base64():
    model = bigquery.BigqueryCreate.model_validate(bigquery.EXAMPLE)

    assert isinstance(model.source.credentials.service_account_file, JsonKeySecret)


@pytest.mark.parametrize("path", ["https://storage.example.com/bucket/", "s3://bucket/"])
def test_staging_elsewhere_than_in_cloud_storage_is_refused(path):
    assert broken({"source.snapshot_staging_path": path}) == ["bigquery.staging-in-cloud-storage"]
