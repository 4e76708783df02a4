"""Postgres."""

import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.sources import postgres


def broken(changes: dict[str, object]) -> list[str]:
    model = postgres.PostgresCreate.model_validate(altered(postgres.EXAMPLE, changes))
    return [rule.id for rule in postgres.SPEC.rules if list(rule.check(model))]


@pytest.mark.parametrize(
    "field",
    [
        "iam_role",
        "tls_host",
        "ca_certificate",
        "settings.publication_name",
        "settings.replication_slot_name",
    ],
)
def test_blank_text_is_refused_as_the_api_does(field):
    with pytest.raises(ValidationError, match="at least 1 character"):
        postgres.PostgresCreate.model_validate(altered(postgres.EXAMPLE, {f"source.{field}": ""}))


@pytest.mark.parametrize("word", ["iam_role", "BASIC", "Basic"])
def test_the_case_of_an_authentication_matters(word):
    with pytest.raises(ValidationError, match="authentication"):
        postgres.PostgresCreate.model_validate(
            altered(postgres.EXAMPLE, {"source.authentication": word})
        )


@pytest.mark.parametrize(
    "host",
    [
        "aws-0-eu-west-1.pooler.example.com",
        "ep-cool-1-POOLER.example.com",
        "pgbouncer.example.com",
        "shop.proxy-abc123.eu-west-1.rds.example.com",
    ],
)
def test_a_pooler_is_warned_about_where_changes_are_replicated(host):
    assert broken({"source.host": host}) == ["postgres.no-pooler"]
    assert broken({"source.host": host, "source.settings.replication_mode": "snapshot"}) == []


def test_a_slot_is_refused_in_a_snapshot_too():
    settings = {"replication_mode": "snapshot", "replication_slot_name": "own_slot"}

    assert broken({"source.settings": settings}) == ["postgres.slot-needs-cdc-only"]


def test_failover_that_is_switched_off_goes_with_a_slot():
    settings = {
        "replication_mode": "cdc_only",
        "replication_slot_name": "own_slot",
        "enable_failover_slots": False,
    }

    assert broken({"source.settings": settings}) == []


def test_every_column_option_is_sent_as_written():
    mapping = {
        "source_schema_name": "public",
        "source_table": "orders",
        "target_table": "public_orders",
        "excluded_columns": ["notes"],
        "use_custom_sorting_key": True,
        "sorting_keys": ["id"],
        "table_engine": "Null",
        "partition_key": "id",
        "partition_by_expr": "toYYYYMM(created_at)",
    }
    model = postgres.PostgresCreate.model_validate(
        altered(postgres.EXAMPLE, {"source.table_mappings": [mapping]})
    )

    assert model.source.body()["tableMappings"] == [
        {
            "sourceSchemaName": "public",
            "sourceTable": "orders",
            "targetTable": "public_orders",
            "excludedColumns": ["notes"],
            "useCustomSortingKey": True,
            "sortingKeys": ["id"],
            "tableEngine": "Null",
            "partitionKey": "id",
            "partitionByExpr": "toYYYYMM(created_at)",
        }
    ]


@pytest.mark.parametrize("field", ["authentication", "iam_role", "type"])
def test_an_update_cannot_change_how_the_pipe_signs_in(field):
    with pytest.raises(ValidationError, match=field):
        postgres.PostgresUpdate.model_validate({field: "basic"})


def test_three_names_are_enough_to_remove_a_table():
    removal = {"sourceSchemaName": "public", "sourceTable": "carts", "targetTable": "public_carts"}
    model = postgres.PostgresUpdate.model_validate({"tableMappingsToRemove": [removal]})

    assert model.body() == {"tableMappingsToRemove": [removal]}
    assert not [rule.id for rule in postgres.SPEC.update_rules if list(rule.check(model))]
