import base64
import json

import pytest

from clickpipes_mcp.cloud.bodies import masked, resolve
from clickpipes_mcp.errors import InvalidArguments, SecretUnavailable
from clickpipes_mcp.secret_refs import JsonKeySecret, Secret
from clickpipes_mcp.secret_resolver import SecretResolver


def test_secrets_are_resolved_where_they_stand(monkeypatch):
    monkeypatch.setenv("CLICKPIPES_SECRET_A", "from-environment")
    body = {"a": [Secret("${env:CLICKPIPES_SECRET_A}"), 1, None], "b": {"c": Secret("literal")}}
    resolved = resolve(body, SecretResolver())
    assert json.loads(resolved.content) == {
        "a": ["from-environment", 1, None],
        "b": {"c": "literal"},
    }
    assert resolved.secrets == {"from-environment", "literal"}


def test_the_parts_of_a_key_file_are_known_as_secrets_too():
    key = json.dumps({"type": "service_account", "private_key": "canary", "client_email": "a@b.c"})
    encoded = base64.b64encode(key.encode()).decode()
    assert resolve({"k": JsonKeySecret(key)}, SecretResolver()).secrets == {key, encoded, "canary"}


def test_a_resolved_body_does_not_show_itself():
    assert "canary" not in repr(resolve({"a": Secret("canary")}, SecretResolver()))


def test_literals_are_refused_by_place_where_they_are_not_allowed(monkeypatch):
    monkeypatch.setenv("CLICKPIPES_SECRET_A", "set")
    body = {"source": {"password": Secret("canary"), "key": Secret("${env:CLICKPIPES_SECRET_A}")}}
    with pytest.raises(SecretUnavailable) as caught:
        resolve(body, SecretResolver(allow_literals=False))
    assert "source.password" in str(caught.value)
    assert "source.key" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_know_are_refused(number):
    with pytest.raises(InvalidArguments):
        resolve({"a": number}, SecretResolver())


def test_text_outside_of_any_encoding_is_sent_escaped():
    assert resolve({"a": "\ud800ü"}, SecretResolver()).content == b'{"a":"\\ud800\\u00fc"}'


def test_a_person_sees_references_and_masks():
    body = {
        "uri": "mongodb://bob:canary@one.example.net",
        "url": "mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:canary&w=1",
        "keys": [Secret("canary"), Secret("${file:key}")],
        "port": 1,
        "tls": False,
        "none": None,
    }
    assert masked(body) == {
        "uri": "mongodb://[secret]@one.example.net",
        "url": "mongodb://h/?authMechanismProperties=[secret]&w=1",
        "keys": ["[secret]", "${file:key}"],
        "port": 1,
        "tls": False,
        "none": None,
    }
