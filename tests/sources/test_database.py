"""Shapes that the database sources share."""

import pytest
from pydantic import ValidationError

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.schema_shape import full_schema, input_schema
from clickpipes_mcp.sources import mongodb, mysql, postgres
from clickpipes_mcp.sources.bigquery import request as bigquery

SPECS = [bigquery.SPEC, mongodb.SPEC, mysql.SPEC, postgres.SPEC]
REPLICATING = [mongodb.SPEC, mysql.SPEC, postgres.SPEC]


def by_key(spec: SourceSpec) -> str:
    return spec.key


def leaves(schema: dict[str, object], path: str = "") -> set[str]:
    """Dotted field names of a schema, down to settings but not into lists and credentials."""
    found = set()
    for name, field in schema["properties"].items():
        if name == "settings":
            found |= leaves(field, "settings.")
        else:
            found.add(f"{path}{name}")
    return found


@pytest.mark.parametrize("spec", REPLICATING, ids=by_key)
def test_every_field_of_a_source_can_be_updated_or_is_said_to_be_fixed(spec):
    created = leaves(full_schema(spec.create)["properties"]["source"])
    deltas = {"table_mappings_to_add", "table_mappings_to_remove"}
    updated = leaves(full_schema(spec.update)) - deltas

    assert updated | set(spec.immutable) == created
    assert not updated & set(spec.immutable)


def test_a_bigquery_pipe_says_that_everything_is_fixed():
    assert bigquery.SPEC.update is None
    assert set(bigquery.SPEC.immutable) == set(bigquery.BigquerySource.model_fields)


@pytest.mark.parametrize("spec", SPECS, ids=by_key)
def test_a_database_pipe_cannot_be_created_paused(spec):
    with pytest.raises(ValidationError, match="start_paused"):
        spec.create.model_validate({**spec.example, "start_paused": True})


@pytest.mark.parametrize("field", ["table", "columns", "managed_table", "table_definition"])
@pytest.mark.parametrize("spec", SPECS, ids=by_key)
def test_the_destination_of_a_database_pipe_names_no_table(spec, field):
    with pytest.raises(ValidationError, match=field):
        spec.create.model_validate(altered(spec.example, {f"destination.{field}": "orders"}))


@pytest.mark.parametrize("spec", SPECS, ids=by_key)
def test_a_database_pipe_copies_at_least_one_table(spec):
    with pytest.raises(ValidationError, match="table_mappings"):
        spec.create.model_validate(altered(spec.example, {"source.table_mappings": []}))


@pytest.mark.parametrize("field", ["port", "settings.sync_interval_seconds"])
def test_zero_is_no_port_and_no_interval(field):
    with pytest.raises(ValidationError):
        postgres.PostgresCreate.model_validate(altered(postgres.EXAMPLE, {f"source.{field}": 0}))


@pytest.mark.parametrize(
    ("model", "hidden"),
    [
        (mongodb.CollectionMapping, "structured_ingestion"),
        (bigquery.BigquerySettings, "sync_cron"),
    ],
)
def test_what_few_need_is_accepted_but_not_published(model, hidden):
    assert hidden in full_schema(model)["properties"]
    assert hidden not in input_schema(model)["properties"]


@pytest.mark.parametrize("field", ["excluded_columns", "sorting_keys"])
@pytest.mark.parametrize("spec", REPLICATING, ids=by_key)
def test_a_column_has_a_name(spec, field):
    mappings = [{**spec.example["source"]["table_mappings"][0], field: [""]}]
    with pytest.raises(ValidationError, match=field):
        spec.create.model_validate(altered(spec.example, {"source.table_mappings": mappings}))
