"""MongoDB."""

import pytest

from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.sources import mongodb


def broken(changes: dict[str, object]) -> list[str]:
    model = mongodb.MongoCreate.model_validate(altered(mongodb.EXAMPLE, changes))
    return [rule.id for rule in mongodb.SPEC.rules if list(rule.check(model))]


def broken_update(update: dict[str, object]) -> list[str]:
    model = mongodb.MongoUpdate.model_validate(update)
    return [rule.id for rule in mongodb.SPEC.update_rules if list(rule.check(model))]


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://db1.example.net:27017,db2.example.net:27017/?replicaSet=rs0",
        "mongodb+srv://cluster0.example.net",
        "mongodb+srv://cluster0.example.net/shop?appName=me@home",
    ],
)
def test_both_forms_of_a_connection_string_are_accepted(uri):
    assert broken({"source.uri": uri}) == []


def test_a_user_in_the_connection_string_is_refused_without_repeating_it():
    uri = "mongodb://reader:canary-5c1@db1.example.net/shop"
    model = mongodb.MongoCreate.model_validate(altered(mongodb.EXAMPLE, {"source.uri": uri}))
    (rule,) = [rule for rule in mongodb.SPEC.rules if rule.id == "mongodb.uri-without-user"]
    (violation,) = rule.check(model)

    assert rule.effect == "refuse"
    assert "credentials takes username and password" in violation.fix
    assert "canary" not in repr(violation)


def test_a_user_in_the_connection_string_stands_for_credentials():
    changes = {"source.uri": "mongodb://reader@db1.example.net", "source.credentials": None}

    assert broken(changes) == ["mongodb.uri-without-user"]


@pytest.mark.parametrize("given", [{}, {"password": "${env:CLICKPIPES_SECRET_X}"}])
def test_half_of_the_credentials_is_refused(given):
    assert broken({"source.credentials": given}) == ["mongodb.credentials-are-complete"]


def test_a_connection_string_alone_cannot_be_updated():
    assert broken_update({"uri": "mongodb+srv://cluster0.example.net/shop"}) == [
        "mongodb.new-uri-needs-credentials"
    ]


def test_a_redacted_connection_string_may_be_sent_back():
    redacted = {"uri": "mongodb+srv://[REDACTED]@cluster0.example.net/shop"}

    assert broken_update(redacted) == ["mongodb.uri-without-user"]


def test_tables_are_updated_without_a_connection_string():
    assert broken_update({"settings": {"sync_interval_seconds": 3600}}) == []


def test_typed_columns_are_sent_as_written():
    typed = {
        "enabled": True,
        "columns": [{"name": "total", "type": "Decimal(18, 2)"}],
        "dropUnexpectedValues": False,
    }
    mapping = {
        "sourceDatabaseName": "shop",
        "sourceCollection": "orders",
        "targetTable": "shop_orders",
        "structuredIngestion": typed,
    }

    assert mongodb.CollectionMapping.model_validate(mapping).body() == mapping
