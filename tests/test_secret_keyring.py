import sys

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_keyring import (
    SERVICE,
    is_there,
    keep_in_keyring,
    places_kept_for,
    secret_in_keyring,
)
from tests.rings import Ring

PLACES = ("kafka broker.example.com", "kafka other.example.com")


class PlainFile(Ring):
    """As keyrings.alt has one: its makers do not recommend it."""

    priority = 0.5


@pytest.mark.usefixtures("ring")
def test_what_is_kept_stands_beside_the_places_it_is_for() -> None:
    assert is_there()
    assert keep_in_keyring("kafka", "canary", PLACES) == ""
    assert secret_in_keyring("kafka") == "canary"
    assert places_kept_for("kafka") == set(PLACES)
    assert keep_in_keyring("kafka", "rotated", PLACES[:1]) == ""
    assert (secret_in_keyring("kafka"), places_kept_for("kafka")) == ("rotated", {PLACES[0]})


def test_what_somebody_else_put_there_is_left_as_it_is(ring) -> None:
    ring.held[SERVICE, "kafka"] = "theirs"

    assert "left as it is" in keep_in_keyring("kafka", "canary", PLACES)

    assert ring.held == {(SERVICE, "kafka"): "theirs"}
    assert places_kept_for("kafka") == frozenset()


@pytest.mark.parametrize("told", ["no JSON", "7", "{"])
def test_places_that_cannot_be_read_are_none(ring, told) -> None:
    ring.held["clickpipes-mcp places", "kafka"] = told
    assert places_kept_for("kafka") == frozenset()


def test_a_keyring_that_is_locked_or_full_is_said_to_be_so(ring, caplog) -> None:
    ring.takes_more = False
    assert keep_in_keyring("kafka", "canary", PLACES) == "it did not take it"
    ring.is_locked = True
    assert keep_in_keyring("kafka", "canary", PLACES) == "it cannot be opened"
    assert places_kept_for("kafka") == frozenset()
    with pytest.raises(SecretUnavailable, match="cannot be opened"):
        secret_in_keyring("kafka")
    assert "The keyring cannot be used: " in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize("backend", [NoKeyring, PlainFile])
def test_neither_none_nor_a_plain_file_is_a_keyring(backend) -> None:
    keyring.set_keyring(backend())
    assert not is_there()


@pytest.mark.usefixtures("ring")
def test_a_backend_that_cannot_be_asked_is_none(monkeypatch) -> None:
    monkeypatch.setattr(keyring.core, "get_keyring", lambda: None)
    monkeypatch.setattr(keyring, "get_keyring", lambda: None)
    assert not is_there()


def test_without_the_extra_there_is_none(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not is_there()
    assert keep_in_keyring("kafka", "canary", PLACES) == "it cannot be opened"
