import pytest

from clickpipes_mcp.cloud.configuration import engine_name, fit_to_show, tidied


def test_nulls_are_left_out_at_every_depth():
    assert tidied({"a": None, "b": {"c": None, "d": [None, 1, {"e": None}]}}) == {
        "b": {"d": [1, {}]}
    }


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_what_is_no_object_reads_as_an_empty_one(value):
    assert tidied(value) == {}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("MergeTree()", "MergeTree"),
        ("ReplacingMergeTree(v)", "ReplacingMergeTree"),
        ("Null", "Null"),
    ],
)
def test_engines_are_known_by_their_plain_name(given, name):
    assert engine_name(given) == name
    assert tidied({"engine": {"type": given}}) == {"engine": {"type": name}}


def test_a_secret_the_api_would_return_ends_here():
    answered = {
        "credentials": {"username": "bob", "password": "canary"},
        "accessKey": {"accessKeyId": "id", "secretKey": "canary"},
        "serviceAccountKey": "canary",
        "connectionString": "canary",
        "uri": "mongodb://bob:canary@one.example.net/db",
        "sortingKey": ["id"],
        "password": "",
    }
    assert fit_to_show(tidied(answered)) == {
        "credentials": {"username": "bob", "password": "[secret]"},
        "accessKey": {"accessKeyId": "id", "secretKey": "[secret]"},
        "serviceAccountKey": "[secret]",
        "connectionString": "[secret]",
        "uri": "mongodb://[secret]@one.example.net/db",
        "sortingKey": ["id"],
        "password": "",
    }
