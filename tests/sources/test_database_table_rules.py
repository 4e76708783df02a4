"""Rules about the copied tables, beyond their two examples."""

from clickpipes_mcp.contract import Violation
from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.sources import mysql, postgres

ORDERS = postgres.EXAMPLE["source"]["table_mappings"][0]
CARTS = {**ORDERS, "source_table": "carts", "target_table": "public_carts"}


def found(rule_id: str, *mappings: dict[str, object], mode: str = "cdc") -> list[Violation]:
    changes = {
        "source.table_mappings": list(mappings),
        "source.settings.replication_mode": mode,
    }
    model = postgres.PostgresCreate.model_validate(altered(postgres.EXAMPLE, changes))
    (rule,) = [rule for rule in postgres.SPEC.rules if rule.id == rule_id]
    return list(rule.check(model))


def test_each_mapping_that_only_appends_is_named():
    plain = {**CARTS, "table_engine": "MergeTree"}
    silent = {name: value for name, value in CARTS.items() if name != "table_engine"}

    violations = found("database.engine-replaces", ORDERS, plain, silent)

    assert [violation.path for violation in violations] == [
        ("source", "table_mappings", 1, "table_engine"),
        ("source", "table_mappings", 2, "table_engine"),
    ]


def test_a_table_that_only_feeds_views_is_meant_so():
    assert not found("database.engine-replaces", {**ORDERS, "table_engine": "Null"})


def test_a_snapshot_may_append():
    plain = {**ORDERS, "table_engine": "MergeTree"}

    assert not found("database.engine-replaces", plain, mode="snapshot")


def test_tables_of_one_name_in_two_schemas_are_two_tables():
    other = {**ORDERS, "source_schema_name": "archive", "target_table": "archive_orders"}

    assert not found("database.unique-sources", ORDERS, other)
    assert not found("database.unique-targets", ORDERS, other)


def test_the_second_use_of_a_target_is_the_one_named():
    (violation,) = found(
        "database.unique-targets", ORDERS, {**CARTS, "target_table": "public_orders"}
    )

    assert violation.path == ("source", "table_mappings", 1, "target_table")


def test_empty_lists_and_blank_texts_of_a_mapping_say_nothing():
    blank = {
        **ORDERS,
        "excluded_columns": [],
        "sorting_keys": [],
        "use_custom_sorting_key": False,
        "partition_key": "",
        "partition_by_expr": "",
    }

    model = postgres.PostgresCreate.model_validate(
        altered(postgres.EXAMPLE, {"source.table_mappings": [blank]})
    )

    assert not [rule.id for rule in postgres.SPEC.rules if list(rule.check(model))]


def test_a_table_may_leave_while_another_joins_under_its_target():
    leaving = {name: CARTS[name] for name in ("source_schema_name", "source_table", "target_table")}
    joining = {**ORDERS, "target_table": "public_carts"}

    for spec in (mysql.SPEC, postgres.SPEC):
        model = spec.update.model_validate(
            {"table_mappings_to_add": [joining], "table_mappings_to_remove": [leaving]}
        )
        assert not [rule.id for rule in spec.update_rules if list(rule.check(model))]
