import base64
import copy
import json
import os
import sys
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, ValidationError

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_refs import (
    MASK,
    Certificate,
    JsonKeySecret,
    Login,
    PrivateKey,
    Secret,
    literal_secrets,
)
from clickpipes_mcp.secret_resolver import SecretResolver


@pytest.fixture
def resolver(tmp_path):
    return SecretResolver(directory=tmp_path)


def unavailable(text: str, resolver: SecretResolver) -> SecretUnavailable:
    with pytest.raises(SecretUnavailable) as caught:
        Secret(text).reveal(resolver)
    return caught.value


def test_a_literal_reveals_itself_and_shows_a_mask(resolver):
    secret = Secret("canary")
    assert secret.is_literal
    assert secret.masked == MASK
    assert secret.reveal(resolver) == "canary"


def test_a_reference_shows_itself(resolver, monkeypatch):
    monkeypatch.setenv("CLICKPIPES_SECRET_KAFKA", "canary\n")
    secret = Secret("${env:CLICKPIPES_SECRET_KAFKA}")
    assert not secret.is_literal
    assert secret.masked == "${env:CLICKPIPES_SECRET_KAFKA}"
    assert secret.reveal(resolver) == "canary"


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{0!r}".format])
def test_no_way_of_showing_it_shows_a_literal(show):
    assert "canary" not in show(Secret("canary"))
    assert "canary" not in show([Secret("canary"), {"a": JsonKeySecret("canary")}])


def test_equality_tells_nothing_about_the_value():
    assert Secret("one") == Secret("two")
    assert hash(Secret("one")) == hash(Secret("two"))
    assert Secret("one") != "one"
    assert Secret("${env:CLICKPIPES_SECRET_A}") != Secret("${env:CLICKPIPES_SECRET_B}")


class Credentials(BaseModel):
    password: Secret


@pytest.mark.parametrize("value", ["", 5, None, ["canary"]])
def test_a_model_refuses_what_is_no_text(value):
    with pytest.raises(ValidationError):
        Credentials.model_validate({"password": value})


def test_a_model_neither_shows_nor_serialises_it():
    login = Credentials.model_validate({"password": "canary"})
    assert "canary" not in f"{login!r} {login} {login.model_dump()} {copy.deepcopy(login)!r}"


def test_its_schema_is_a_text_that_is_marked():
    schema = Credentials.model_json_schema()["properties"]["password"]
    assert schema == {
        "title": "Password",
        "type": "string",
        "x-reference": True,
        "x-secret": True,
    }


@pytest.mark.parametrize("text", ["${env}", "${vault:x}", "${env:}", "${file:a}${file:b}"])
def test_a_malformed_reference_is_not_sent_as_a_literal(text, resolver):
    assert "malformed" in str(unavailable(text, resolver))


def test_only_prefixed_variables_may_be_used(resolver, monkeypatch):
    monkeypatch.setenv("HOME_SECRET", "canary")
    error = unavailable("${env:HOME_SECRET}", resolver)
    assert "out of bounds" in str(error)
    assert "${env:CLICKPIPES_SECRET_HOME_SECRET}" in error.fix


def test_a_variable_that_is_not_set_is_named(resolver):
    error = unavailable("${env:CLICKPIPES_SECRET_NOWHERE}", resolver)
    assert "CLICKPIPES_SECRET_NOWHERE is not set" in str(error)


def test_an_empty_secret_is_refused(resolver, monkeypatch):
    monkeypatch.setenv("CLICKPIPES_SECRET_EMPTY", "\n")
    assert "is empty" in str(unavailable("${env:CLICKPIPES_SECRET_EMPTY}", resolver))


def test_a_file_loses_its_last_line_end_only(resolver, tmp_path):
    (tmp_path / "key.pem").write_text("a\nb\n\n")
    assert PrivateKey("${file:key.pem}").reveal(resolver) == "a\nb\n"


def test_without_a_directory_no_file_can_be_read():
    assert "CLICKPIPES_SECRETS_DIR" in unavailable("${file:a}", SecretResolver()).fix


def test_a_missing_or_binary_file_is_not_a_secret(resolver, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "cannot be read" in str(unavailable("${file:binary}", resolver))
    assert "cannot be read" in str(unavailable("${file:missing}", resolver))


@pytest.mark.parametrize("kind", ["env", "file", "keyring"])
@pytest.mark.parametrize("name", ["CLICKPIPES_SECRET_\0", "CLICKPIPES_SECRET_\ud800"])
def test_a_name_that_no_system_takes_is_not_a_secret(kind, name, resolver):
    assert "cannot be seen" in str(unavailable(f"${{{kind}:{name}}}", resolver))


def test_the_keyring_extra_is_named_where_it_is_missing(resolver, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "clickpipes-mcp[keyring]" in unavailable("${keyring:kafka}", resolver).fix


def test_the_keyring_is_asked_under_the_name_of_this_server(resolver, monkeypatch):
    kept = {("clickpipes-mcp", "kafka"): "canary"}
    ring = SimpleNamespace(get_password=lambda service, name: kept.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert Secret("${keyring:kafka}").reveal(resolver) == "canary"
    assert "keyring set clickpipes-mcp other" in unavailable("${keyring:other}", resolver).fix


def test_a_json_key_is_sent_in_base64(resolver, tmp_path):
    key = json.dumps({"type": "service_account"})
    (tmp_path / "key.json").write_text(key)
    encoded = base64.b64encode(key.encode()).decode()
    assert JsonKeySecret("${file:key.json}").reveal(resolver) == encoded
    assert JsonKeySecret(encoded).reveal(resolver) == encoded


def test_the_places_of_literals_are_found_at_every_depth():
    body = {
        "name": "orders",
        "source": {"keys": [Secret("a"), Secret("${file:b}"), {"password": Secret("c")}]},
    }
    assert list(literal_secrets(body)) == ["source.keys[0]", "source.keys[2].password"]


@pytest.mark.skipif(sys.platform == "win32", reason="the environment is text there")
def test_a_secret_in_no_encoding_is_not_sent(resolver, monkeypatch):
    monkeypatch.setitem(os.environ, "CLICKPIPES_SECRET_LATIN", "caf\udce9")
    error = unavailable("${env:CLICKPIPES_SECRET_LATIN}", resolver)
    assert "UTF-8" in error.message
    assert "caf" not in error.message


def test_a_file_loses_a_byte_order_mark_before_it_is_encoded(resolver, tmp_path):
    (tmp_path / "password").write_bytes(b"\xef\xbb\xbfcanary\r\n")
    (tmp_path / "key.json").write_bytes(b'\xef\xbb\xbf{"type": "service_account"}\n')
    assert Secret("${file:password}").reveal(resolver) == "canary"
    encoded = JsonKeySecret("${file:key.json}").reveal(resolver)
    assert base64.b64decode(encoded) == b'{"type": "service_account"}'


@pytest.mark.parametrize("kind", [Secret, Login])
def test_a_login_or_a_password_of_two_lines_is_refused(kind, resolver, tmp_path):
    (tmp_path / "password").write_text("canary\n\n")
    with pytest.raises(SecretUnavailable, match="line break") as caught:
        kind("${file:password}").reveal(resolver)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("kind", [Secret, Login])
def test_a_file_in_utf_16_is_no_login_or_password(kind, resolver, tmp_path):
    (tmp_path / "password").write_bytes("canary".encode("utf-16-le"))
    with pytest.raises(SecretUnavailable, match="UTF-16") as caught:
        kind("${file:password}").reveal(resolver)
    assert "c\0a" not in str(caught.value)


@pytest.mark.parametrize("left", ["${PG_PASSWORD}", "%PG_PASSWORD%", "$(PG)", "{{ password }}"])
def test_a_variable_that_nobody_expanded_is_refused_by_name(left, resolver, monkeypatch):
    monkeypatch.setenv("CLICKPIPES_SECRET_PG", left)
    error = unavailable("${env:CLICKPIPES_SECRET_PG}", resolver)
    assert "CLICKPIPES_SECRET_PG" in error.message
    assert "nobody" in error.message


@pytest.mark.parametrize("text", ["AccountKey=${env:CLICKPIPES_SECRET_A};x=y", "${env}"])
def test_a_reference_that_is_only_a_part_is_refused_in_a_call(text):
    with pytest.raises(ValidationError, match="only a part of the text"):
        Credentials.model_validate({"password": text})


def test_what_is_written_out_in_a_login_is_no_secret():
    login, key = Login("reader"), Certificate("-----BEGIN CERTIFICATE-----")
    assert (login.masked, login.plain) == ("reader", "reader")
    assert key.plain == "-----BEGIN CERTIFICATE-----"
    assert list(literal_secrets({"username": login, "certificate": key})) == []
    assert Login("${file:user}").plain is None


def test_a_file_that_is_missing_is_told_with_its_directory(resolver, tmp_path):
    error = unavailable("${file:pg-password}", resolver)
    assert "pg-password" in error.fix
    assert str(tmp_path) in error.fix
    assert "no restart" in error.fix


def test_a_variable_that_is_missing_is_told_with_the_way_without_a_restart(resolver, tmp_path):
    error = unavailable("${env:CLICKPIPES_SECRET_NOWHERE}", resolver)
    assert "CLICKPIPES_SECRET_NOWHERE" in error.fix
    assert str(tmp_path) in error.fix


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"type": "authorized_user"}, "is JSON of another kind"),
        ({"client_email": None}, "is a key file without client_email"),
        ({"private_key": None, "client_email": 7}, "without private_key and client_email"),
        ({"private_key": "cut"}, "is a key file whose private_key is no PEM"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\n!"}, "whose private_key is a damaged PEM"),
    ],
)
def test_a_key_file_that_a_person_gives_is_one_of_a_service_account(changed, told):
    der = base64.b64encode(b"\x30\x81\x80" + bytes(range(128))).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n"
    key = {"type": "service_account", "private_key": pem, "client_email": "a@b.c"} | changed
    for text in (json.dumps(key), base64.b64encode(json.dumps(key).encode()).decode()):
        flaw = JsonKeySecret.flaw_on_form(text)
        assert told in flaw
        assert bool(told) == bool(flaw)
