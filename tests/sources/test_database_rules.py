"""Rules about connection and credentials of every database source, beyond their two examples."""

import pytest

from clickpipes_mcp.contract import Violation
from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.sources import mysql, postgres


def found(rule_id: str, changes: dict[str, object], spec=postgres.SPEC) -> list[Violation]:
    model = spec.create.model_validate(altered(spec.example, changes))
    (rule,) = [rule for rule in spec.rules if rule.id == rule_id]
    return list(rule.check(model))


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "2001:db8::1", "db", "vpce-1.example.com", "pg-1.private.example.com"]
)
def test_a_host_is_a_name_or_an_address(host):
    assert not found("database.host-is-bare", {"source.host": host})


@pytest.mark.parametrize(
    "host",
    ["postgres://db.example.com", "db.example.com/shop", "me@db.example.com", "db:5432", "a b"],
)
def test_a_host_holds_nothing_else(host):
    (violation,) = found("database.host-is-bare", {"source.host": host})

    assert violation.path == ("source", "host")
    assert host not in violation.message + violation.fix


def test_both_halves_of_missing_credentials_are_named():
    violations = found("database.basic-needs-credentials", {"source.credentials": None})

    assert [violation.path for violation in violations] == [
        ("source", "credentials", "username"),
        ("source", "credentials", "password"),
    ]


def test_a_role_needs_no_credentials():
    by_role = {
        "source.type": "auroramysql",
        "source.authentication": "IAM_ROLE",
        "source.iam_role": "arn:aws:iam::123456789012:role/reader",
        "source.credentials": None,
    }
    model = mysql.MysqlCreate.model_validate(altered(mysql.EXAMPLE, by_role))

    assert [rule.id for rule in mysql.SPEC.rules if list(rule.check(model))] == []


def test_every_weakness_of_a_connection_is_named():
    violations = found(
        "database.connection-is-protected",
        {
            "source.disable_tls": True,
            "source.skip_cert_verification": True,
            "source.ca_certificate": "-----BEGIN CERTIFICATE-----",
        },
    )

    assert {violation.path[-1] for violation in violations} == {
        "disable_tls",
        "skip_cert_verification",
        "ca_certificate",
    }


def test_flags_that_say_no_are_no_weakness():
    flags = {"source.disable_tls": False, "source.skip_cert_verification": False}

    assert not found("database.connection-is-protected", flags)


@pytest.mark.parametrize(("seconds", "warns"), [(10, True), (11, False), (3600, False)])
def test_an_interval_up_to_ten_seconds_is_warned_about(seconds, warns):
    changes = {"source.settings.sync_interval_seconds": seconds}

    assert bool(found("database.sync-is-moderate", changes)) is warns


@pytest.mark.parametrize("field", ["host", "port", "database"])
def test_any_part_of_a_new_address_asks_for_credentials(field):
    model = postgres.PostgresUpdate.model_validate({field: "5432"})

    assert [rule.id for rule in postgres.SPEC.update_rules if list(rule.check(model))] == [
        "database.new-address-needs-credentials"
    ]


def test_an_update_of_tables_alone_needs_no_credentials():
    model = postgres.PostgresUpdate.model_validate(
        {"table_mappings_to_add": postgres.UPDATE_EXAMPLE["table_mappings_to_add"]}
    )

    assert not [rule.id for rule in postgres.SPEC.update_rules if list(rule.check(model))]
