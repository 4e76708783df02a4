import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.sources._pipe import joined

KAFKA = source_named("kafka")


def test_an_unset_field_is_not_sent():
    sent = KAFKA.create.model_validate(KAFKA.example).body()
    assert set(sent) == {"name", "source", "destination"}


def test_null_is_not_sent():
    arguments = altered(KAFKA.example, {"scaling": None, "destination.roles": None})
    sent = KAFKA.create.model_validate(arguments).body()
    assert "scaling" not in sent
    assert "roles" not in sent["destination"]


def test_zero_and_false_are_sent():
    s3 = source_named("s3")
    changes = {"settings.clickhouse_max_threads": 0, "source.is_continuous": False}
    sent = s3.create.model_validate(altered(s3.example, changes)).body()
    assert (sent["settings"], sent["source"]["isContinuous"]) == (
        {"clickhouse_max_threads": 0},
        False,
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_is_one_to_255_characters(source, name):
    with pytest.raises(ValidationError):
        source.create.model_validate({**source.example, "name": name})


@pytest.mark.parametrize(
    "path",
    ["destination.table", "destination.managed_table", "destination.columns", "source.brokers"],
)
def test_what_the_contract_requires_is_required(path):
    with pytest.raises(ValidationError):
        KAFKA.create.model_validate(altered(KAFKA.example, {path: ABSENT}))


def test_no_columns_are_refused():
    with pytest.raises(ValidationError):
        KAFKA.create.model_validate(altered(KAFKA.example, {"destination.columns": []}))


@pytest.mark.parametrize("name", ["partition_by", "primary_key", "ttl"])
def test_blank_table_expressions_are_refused(name):
    arguments = altered(KAFKA.example, {f"destination.table_definition.{name}": ""})
    with pytest.raises(ValidationError):
        KAFKA.create.model_validate(arguments)


def test_an_empty_sorting_key_is_sent_as_such():
    arguments = altered(KAFKA.example, {"destination.table_definition.sorting_key": []})
    sent = KAFKA.create.model_validate(arguments).body()
    assert sent["destination"]["tableDefinition"]["sortingKey"] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_database_pipes_know_no_table_of_their_own(source):
    fields = source.create.model_fields["destination"].annotation.model_fields
    assert ("columns" in fields) == (source.family != "database")


@pytest.mark.parametrize("value", [["a", " b "], "a, b", "a,b"])
def test_names_become_comma_separated_text(value):
    assert joined(value) == "a,b"


@pytest.mark.parametrize("value", [3, [1, 2], None])
def test_anything_else_is_left_to_the_validator(value):
    assert joined(value) is value
