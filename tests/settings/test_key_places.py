"""Keys of the API come from places that no call can refer to."""

import sys
from types import SimpleNamespace

import pytest

from clickpipes_mcp.settings.key_places import KEYRING_SERVICE, KeyUnavailable, key_from

HALF = "example-half"


def flaw(place, tmp_path, environ=None) -> str:
    with pytest.raises(KeyUnavailable) as caught:
        key_from(place, tmp_path, environ or {})
    assert HALF not in str(caught.value)
    return str(caught.value)


def keyring_with(monkeypatch, held):
    class KeyringError(Exception):
        pass

    def get_password(service, name):
        if isinstance(held, Exception):
            raise KeyringError
        return held.get((service, name))

    backend = SimpleNamespace(
        get_password=get_password, errors=SimpleNamespace(KeyringError=KeyringError)
    )
    monkeypatch.setitem(sys.modules, "keyring", backend)


def test_a_key_is_read_from_each_kind_of_place(tmp_path, monkeypatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(f"\ufeff{HALF}\n", encoding="utf-8")
    keyring_with(monkeypatch, {(KEYRING_SERVICE, "prod"): HALF})
    places = ("env:PROD", f"file:{elsewhere}", "keyring:prod")

    read = [key_from(place, tmp_path / "secrets", {"PROD": HALF}) for place in places]

    assert read == [HALF] * 3


@pytest.mark.parametrize("place", [HALF, "", "env:", "vault:prod", "keyring:"])
def test_a_key_is_never_written_out(place, tmp_path) -> None:
    assert "never written out" in flaw(place, tmp_path)


def test_what_calls_may_refer_to_is_no_place_of_a_key(tmp_path) -> None:
    (tmp_path / "key").write_text(HALF)
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path / "key")

    variable = flaw("env:CLICKPIPES_SECRET_PROD", tmp_path, {"CLICKPIPES_SECRET_PROD": HALF})

    assert "calls may refer to" in variable
    for path in (tmp_path / "key", tmp_path / "x" / ".." / "key", link):
        assert "calls may refer to" in flaw(f"file:{path}", tmp_path)


@pytest.mark.parametrize("held", ["", "  \n", f"{HALF}\n{HALF}", "${PROD_KEY}"])
def test_a_place_holds_one_line(held, tmp_path) -> None:
    assert "one line" in flaw("env:PROD", tmp_path, {"PROD": held})


def test_a_place_with_nothing_says_what_is_missing(tmp_path, monkeypatch) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")

    assert "PROD, which is not set" in flaw("env:PROD", tmp_path)
    assert "cannot be read" in flaw(f"file:{tmp_path / 'none'}", tmp_path / "secrets")
    assert "cannot be read" in flaw(f"file:{tmp_path / 'binary'}", tmp_path / "secrets")
    keyring_with(monkeypatch, {})
    assert f"keyring set '{KEYRING_SERVICE}' prod" in flaw("keyring:prod", tmp_path)
    keyring_with(monkeypatch, OSError())
    assert "cannot be used" in flaw("keyring:prod", tmp_path)
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "clickpipes-mcp[keyring]" in flaw("keyring:prod", tmp_path)
