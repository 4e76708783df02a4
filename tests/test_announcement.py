"""The operator is told which world is acted on, and every guard that is lowered."""

import pytest

from clickpipes_mcp.announcement import announcement
from clickpipes_mcp.settings import load_settings

KEPT = {"journal": "journal.jsonl"}
KEY = {"key_id": "example-access-key", "key_secret": "example-access-secret"}


def test_the_simulator_is_announced_loudly():
    assert "SIMULATOR, nothing real is created" in announcement(load_settings({}))


def test_a_simulator_chosen_in_spite_of_a_key_does_not_ask_for_one():
    assert "set an API key" not in announcement(load_settings({}, simulator=True, **KEY))


def test_another_api_is_not_called_clickhouse_cloud():
    told = announcement(load_settings({}, api_url="http://localhost:8123", **KEPT, **KEY), {})
    assert told.endswith(": API at http://localhost:8123")


def test_consent_in_the_chat_is_announced():
    assert "consent may be given in the chat" in announcement(load_settings({}, consent="chat"))


def test_that_no_journal_is_kept_is_announced_where_it_matters():
    assert "no journal is kept" in announcement(load_settings({}, journal="off", **KEY))
    assert "journal" not in announcement(load_settings({}))


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("SSL_CERT_FILE", "SSL_CERT_FILE decides whose certificates are trusted: /tmp/own"),
        ("SSL_CERT_DIR", "SSL_CERT_DIR decides whose certificates are trusted: /tmp/own"),
        ("SSLKEYLOGFILE", "SSLKEYLOGFILE IS SET: whoever reads /tmp/own can read along"),
    ],
)
def test_what_the_environment_decides_about_connections_is_announced(variable, told):
    issued = {
        "http": "8000",
        "http_url": "http://localhost:8000",
        "http_issuer": "https://a.example",
    }
    for settings in (load_settings({}, **KEY), load_settings({}, **issued)):
        assert told in announcement(settings, {variable: "/tmp/own"})  # noqa: S108
        assert "SSL" not in announcement(settings, {variable: ""})
    assert "SSL" not in announcement(load_settings({}), {variable: "/tmp/own"})  # noqa: S108


def test_who_may_call_over_http_is_announced(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.touch()
    assert "anybody on this machine may call" in announcement(load_settings({}, http="8000"))
    guarded = load_settings({}, http="8000", http_tokens=tokens)
    assert "callers present a token" in announcement(guarded)


def test_the_real_api_is_announced_by_its_address():
    told = announcement(load_settings({}, **KEPT, **KEY), {})
    assert told.endswith("ClickHouse Cloud at https://api.clickhouse.cloud")
