"""MySQL and MariaDB."""

import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.sources import mysql


def broken(changes: dict[str, object]) -> list[str]:
    model = mysql.MysqlCreate.model_validate(altered(mysql.EXAMPLE, changes))
    return [rule.id for rule in mysql.SPEC.rules if list(rule.check(model))]


@pytest.mark.parametrize("kind", mysql.MARIADB_TYPES)
def test_mariadb_is_replicated_by_gtid(kind):
    by_position = {"source.type": kind, "source.settings.replication_mechanism": "FILE_POS"}

    assert broken(by_position) == ["mysql.mariadb-needs-gtid"]
    assert broken({"source.type": kind}) == []


@pytest.mark.parametrize("kind", ["mysql", "rdsmysql", "auroramysql", "cloudsqlmysql", None])
def test_file_positions_are_a_warning_elsewhere(kind):
    changes = {"source.type": kind, "source.settings.replication_mechanism": "FILE_POS"}

    assert broken(changes) == ["mysql.file-position-needs-support"]


@pytest.mark.parametrize("number", [0, 4_294_967_296])
def test_a_server_id_has_32_bits_and_is_not_zero(number):
    with pytest.raises(ValidationError, match="server_id"):
        mysql.MysqlCreate.model_validate(altered(mysql.EXAMPLE, {"source.server_id": number}))


def test_an_update_changes_authentication_and_compression():
    body = {
        "authentication": "IAM_ROLE",
        "iamRole": "arn:aws:iam::123456789012:role/reader",
        "serverId": 4242,
        "settings": {"useCompression": True},
    }

    assert mysql.MysqlUpdate.model_validate(body).body() == body


def test_an_update_of_tables_needs_neither_host_nor_port():
    removal = {"sourceSchemaName": "shop", "sourceTable": "carts", "targetTable": "shop_carts"}

    assert mysql.MysqlUpdate.model_validate({"tableMappingsToRemove": [removal]}).body() == {
        "tableMappingsToRemove": [removal]
    }
