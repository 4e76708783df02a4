"""Whatever spelling a language model chose, one normal form comes out."""

import json

import pytest

from clickpipes_mcp.argument_form import normal_form, snake_case

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "source": {
            "type": "object",
            "properties": {
                "broker_list": {"type": "string"},
                "tls": {
                    "type": "object",
                    "properties": {"ca_certificate": {"type": "string"}},
                },
                "table_mappings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "target_table": {"type": "string"},
                            "sorting_keys": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
            },
        },
        "validate_samples": {"type": "boolean"},
        "service_account_key": {"type": "string"},
    },
}
NORMAL = {
    "name": "orders",
    "source": {
        "broker_list": "a:9092",
        "tls": {"ca_certificate": "PEM"},
        "table_mappings": [{"target_table": "t", "sorting_keys": ["id"]}],
    },
}
SPELLINGS = {
    "snake case": NORMAL,
    "camel case": {
        "name": "orders",
        "source": {
            "brokerList": "a:9092",
            "tls": {"caCertificate": "PEM"},
            "tableMappings": [{"targetTable": "t", "sortingKeys": ["id"]}],
        },
    },
    "kebab and Pascal case": {
        "Name": "orders",
        "Source": {
            "broker-list": "a:9092",
            "TLS": {"CaCertificate": "PEM"},
            "TableMappings": [{"target-table": "t", "SortingKeys": ["id"]}],
        },
    },
    "a JSON string": {"name": "orders", "source": json.dumps(NORMAL["source"])},
    "JSON strings within": {
        "name": "orders",
        "source": NORMAL["source"]
        | {
            "tls": ' {"caCertificate": "PEM"}',
            "table_mappings": '[{"targetTable":"t","sortingKeys":"[\\"id\\"]"}]',
        },
    },
    "nulls": {
        "name": "orders",
        "source": NORMAL["source"] | {"unheard_of": None},
        "validate_samples": None,
    },
    "pasted body": {"name": "orders", "source": {"objectStorage": NORMAL["source"]}},
    "pasted body, one arm null": {
        "name": "orders",
        "source": {"object_storage": NORMAL["source"], "kafka": None},
    },
    "pasted body as a string": {
        "name": "orders",
        "source": json.dumps({"objectStorage": json.dumps(NORMAL["source"])}),
    },
}


@pytest.mark.parametrize("given", SPELLINGS.values(), ids=SPELLINGS)
def test_all_spellings_have_one_normal_form(given) -> None:
    form = normal_form(given, SCHEMA, arm="objectStorage")

    assert form.value == NORMAL
    assert form.problems == []


def test_what_stands_beside_the_arm_of_a_pasted_body_moves_up() -> None:
    body = {"source": {"kafka": {"brokerList": "a"}, "validateSamples": True}}

    form = normal_form(body, SCHEMA, arm="kafka")

    assert form.value == {"source": {"broker_list": "a"}, "validate_samples": True}


def test_text_that_happens_to_be_json_stays_text() -> None:
    key = '{"type": "service_account"}'

    form = normal_form({"service_account_key": key, "name": "[1]"}, SCHEMA)

    assert form.value == {"service_account_key": key, "name": "[1]"}


@pytest.mark.parametrize("broken", ["{", "[1, 2", '{"a": }', "[" * 100_000])
def test_a_json_string_that_cannot_be_read_is_left_for_validation(broken) -> None:
    form = normal_form({"source": broken}, SCHEMA)

    assert form.value == {"source": broken}


def test_a_field_in_two_spellings_is_a_problem() -> None:
    form = normal_form({"source": {"broker_list": "a", "brokerList": "b"}}, SCHEMA)

    assert [(problem.path, problem.message) for problem in form.problems] == [
        ("source.brokerList", "given twice, in two spellings")
    ]


def test_the_same_value_in_two_spellings_is_a_problem_too() -> None:
    form = normal_form({"validate_samples": True, "validateSamples": True}, SCHEMA)

    assert len(form.problems) == 1


def test_a_null_beside_the_other_spelling_is_no_problem() -> None:
    form = normal_form({"validate_samples": None, "validateSamples": True}, SCHEMA)

    assert form.value == {"validate_samples": True}
    assert form.problems == []


def test_unknown_fields_keep_their_spelling() -> None:
    form = normal_form({"someThing": 1}, SCHEMA)

    assert form.value == {"someThing": 1}


def test_a_path_is_told_in_the_callers_spelling() -> None:
    given = {"source": {"kafka": {"tableMappings": [{"targetTable": 1}]}}}

    form = normal_form(given, SCHEMA, arm="kafka")

    path = ("source", "table_mappings", 0, "target_table")
    assert form.spelled(path) == "source.kafka.tableMappings[0].targetTable"


def test_a_path_the_caller_did_not_write_is_told_as_published() -> None:
    form = normal_form({"source": {}}, SCHEMA)

    assert form.spelled(("source", "broker_list")) == "source.broker_list"


def test_arguments_are_not_changed_in_place() -> None:
    given = {"source": {"kafka": {"brokerList": "a"}}}

    normal_form(given, SCHEMA, arm="kafka")

    assert given == {"source": {"kafka": {"brokerList": "a"}}}


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("replicaMemoryGb", "replica_memory_gb"),
        ("snake_case", "snake_case"),
        ("kebab-case", "kebab_case"),
        ("caCertificate", "ca_certificate"),
        ("awsIAMRole", "aws_iam_role"),
        ("URL", "url"),
        ("", ""),
    ],
)
def test_names_become_snake_case(name, normal) -> None:
    assert snake_case(name) == normal


@pytest.mark.parametrize("given", [{"source": 1}, {"source": []}, {"source": {"kafka": 7}}])
def test_what_does_not_fit_is_left_for_validation(given) -> None:
    form = normal_form(given, SCHEMA, arm="kafka")

    assert form.value == given


def test_a_key_of_strange_characters_is_spelled_harmlessly() -> None:
    form = normal_form({"source": {"a\n\u202eb\u200b" + "x." * 500: 1}}, SCHEMA)
    (key,) = form.value["source"]

    spelled = form.spelled(("source", key))

    assert spelled.startswith("source.a bx.x")
    assert spelled.isprintable()
    assert len(spelled) <= len("source.") + 80


def test_a_key_that_holds_a_secret_is_spelled_masked() -> None:
    form = normal_form({"password=hunter-two": 1}, SCHEMA)

    assert "hunter" not in form.spelled(("password=hunter-two",))


def test_a_deep_place_is_spelled_within_bounds() -> None:
    assert len(normal_form({}, SCHEMA).spelled(("x" * 79,) * 50)) <= 300
