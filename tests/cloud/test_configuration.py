import pytest
from pydantic import TypeAdapter

from clickpipes_mcp.cloud.configuration import engine_name, fit_to_show
from clickpipes_mcp.cloud.models import Configuration
from clickpipes_mcp.contract import AS_SENT

read = TypeAdapter[Configuration](Configuration).validate_python
WAYS = pytest.mark.parametrize("context", [AS_SENT, None])


@WAYS
def test_nulls_are_left_out_at_every_depth(context):
    sent = {"a": None, "b": {"c": None, "d": [None, 1, {"e": None}]}}
    assert read(sent, context=context) == {"b": {"d": [1, {}]}}


@WAYS
@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_what_is_no_object_reads_as_an_empty_one(value, context):
    assert read(value, context=context) == {}


@WAYS
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("MergeTree()", "MergeTree"),
        ("ReplacingMergeTree(v)", "ReplacingMergeTree"),
        ("Null", "Null"),
    ],
)
def test_engines_are_known_by_their_plain_name(given, name, context):
    assert engine_name(given) == name
    assert read({"engine": {"type": given}}, context=context) == {"engine": {"type": name}}


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
    assert read(answered, context=AS_SENT) == answered
    assert (
        read(answered)
        == fit_to_show(answered)
        == {
            "credentials": {"username": "bob", "password": "[secret]"},
            "accessKey": {"accessKeyId": "id", "secretKey": "[secret]"},
            "serviceAccountKey": "[secret]",
            "connectionString": "[secret]",
            "uri": "mongodb://[secret]@one.example.net/db",
            "sortingKey": ["id"],
            "password": "",
        }
    )
