"""What is known to fail is refused before it is sent; what may be meant is warned about."""

import pytest

from clickpipes_mcp.rule_words.examples import altered
from clickpipes_mcp.sources import SOURCES, source_named

TABLE = "source.table_mappings.0"
INGESTING = [spec for spec in SOURCES if "columns" in spec.example["destination"]]


def verdicts(key: str, changes: dict[str, object]) -> dict[str, str]:
    """The rules that a create breaks, and what comes of it."""
    spec = source_named(key)
    model = spec.create.model_validate(altered(spec.example, changes))
    return {rule.id: rule.effect for rule in spec.rules if list(rule.check(model))}


@pytest.mark.parametrize("spec", INGESTING, ids=lambda spec: spec.key)
def test_a_sorting_key_that_is_no_column_is_refused(spec):
    found = verdicts(spec.key, {"destination.table_definition.sorting_key": ["absent"]})
    assert found == {"destination.declared-columns": "refuse"}


def test_postgres_without_a_port_is_refused():
    assert verdicts("postgres", {"source.port": None}) == {"postgres.port-is-explicit": "refuse"}


@pytest.mark.parametrize("flavour", ["warpstream", "azureeventhub"])
def test_credentials_without_authentication_are_refused_where_there_is_only_one(flavour):
    found = verdicts(
        "kafka",
        {
            "source.type": flavour,
            "source.authentication": None,
            "source.brokers": "b.example.com:9093",
            "source.credentials": {"connection_string": "${file:hub}"}
            if flavour == "azureeventhub"
            else {"username": "u", "password": "${file:p}"},
        },
    )
    assert found == {"kafka.one-authentication": "refuse"}


def test_a_kinesis_time_in_milliseconds_is_refused():
    at = {"source.iterator_type": "AT_TIMESTAMP", "source.timestamp": 1_769_841_000_000}
    assert verdicts("kinesis", at) == {"kinesis.timestamp-in-seconds": "refuse"}


@pytest.mark.parametrize("name", ["[orders]", "*", "ord%"])
@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("postgres", "source_table"),
        ("postgres", "source_schema_name"),
        ("mysql", "source_table"),
        ("mongodb", "source_collection"),
        ("bigquery", "source_table"),
        ("postgres", "target_table"),
    ],
)
def test_names_in_brackets_and_wildcards_are_refused(key, field, name):
    assert verdicts(key, {f"{TABLE}.{field}": name}) == {"database.names-as-they-are": "refuse"}


@pytest.mark.parametrize("key", ["postgres", "mysql"])
@pytest.mark.parametrize("expression", ["toYYYYMM(created_at)", "id, region", "id % 4", "id::int"])
def test_a_partition_key_that_is_an_expression_is_refused(key, expression):
    found = verdicts(key, {f"{TABLE}.partition_key": expression})
    assert found == {"database.partition-key-is-a-column": "refuse"}


@pytest.mark.parametrize("key", ["postgres", "mysql"])
@pytest.mark.parametrize(
    "host",
    ["https://db.example.com", "db.example.com:5432", "db.example.com\n", "[2001:db8::1]:5432"],
)
def test_a_host_with_scheme_port_or_line_break_is_refused(key, host):
    assert verdicts(key, {"source.host": host}) == {"database.host-is-bare": "refuse"}


@pytest.mark.parametrize(
    "host", ["localhost", "10.1.2.3", "192.168.0.9", "host.docker.internal", "db", "::1"]
)
@pytest.mark.parametrize(
    ("key", "field", "form"),
    [
        ("postgres", "host", "{}"),
        ("mysql", "host", "{}"),
        ("mongodb", "uri", "mongodb://{}/shop"),
        ("kafka", "brokers", "{}:9092"),
    ],
)
def test_a_private_address_is_warned_about_with_the_way_out(key, field, form, host):
    shown = f"[{host}]" if ":" in host and form != "{}" else host
    assert verdicts(key, {f"source.{field}": form.format(shown)}) == {"address.reachable": "warn"}


def test_a_private_broker_behind_an_endpoint_is_not_warned_about():
    through = {
        "source.brokers": "10.0.0.7:9092",
        "source.reverse_private_endpoint_ids": ["6f1bd1c1-1111-4111-8111-111111111111"],
    }
    assert verdicts("kafka", through) == {}


def test_a_custom_sorting_key_of_postgres_is_warned_about_where_changes_follow():
    custom = {f"{TABLE}.use_custom_sorting_key": True, f"{TABLE}.sorting_keys": ["region"]}
    assert verdicts("postgres", custom) == {"database.custom-key-in-replica-identity": "warn"}
    assert verdicts("postgres", custom | {"source.settings.replication_mode": "snapshot"}) == {}


def test_an_excluded_column_of_the_sorting_key_is_warned_about():
    custom = {
        f"{TABLE}.use_custom_sorting_key": True,
        f"{TABLE}.sorting_keys": ["region"],
        f"{TABLE}.excluded_columns": ["region"],
    }
    assert verdicts("mysql", custom) == {"database.key-is-not-excluded": "warn"}


def test_a_dotted_table_name_is_warned_about():
    assert verdicts("postgres", {f"{TABLE}.source_table": "public.orders"}) == {
        "postgres.names-without-dots": "warn"
    }


def test_full_names_that_clash_are_warned_about():
    first = dict(source_named("postgres").example["source"]["table_mappings"][0])
    clash = [
        {**first, "source_schema_name": "a.b", "source_table": "c", "target_table": "one"},
        {**first, "source_schema_name": "a", "source_table": "b.c", "target_table": "two"},
    ]
    found = verdicts("postgres", {"source.table_mappings": clash})
    assert found["database.unique-sources"] == "warn"
