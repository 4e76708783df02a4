import pytest

from clickpipes_mcp.asked_secrets import Vault
from clickpipes_mcp.clock import ManualClock

PLACES = ("kafka broker.example.com",)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def vault(clock) -> Vault:
    vault = Vault(clock)
    vault.keep("alice", "password", "canary", PLACES)
    return vault


def test_what_one_principal_gave_is_nothing_to_another_with_the_same_label(vault):
    assert vault.value("alice", "password") == "canary"
    assert vault.value("bob", "password") is None
    assert vault.value("", "password") is None
    assert not vault.is_for("bob", "password", PLACES)


def test_a_value_is_for_the_places_it_was_given_for_and_no_other(vault):
    assert vault.is_for("alice", "password", PLACES)
    assert not vault.is_for("alice", "password", (*PLACES, "kafka evil.example"))
    assert not vault.is_for("alice", "password", ("postgres broker.example.com",))


def test_a_value_is_forgotten_after_an_hour(vault, clock):
    clock.advance(3599)
    assert vault.value("alice", "password") == "canary"
    clock.advance(1)
    assert vault.value("alice", "password") is None
    assert not vault.is_for("alice", "password", PLACES)


def test_a_new_value_takes_the_place_of_the_old_one_and_its_places(vault):
    vault.keep("alice", "password", "rotated", ("kafka other.example",))
    assert vault.value("alice", "password") == "rotated"
    assert not vault.is_for("alice", "password", PLACES)


def test_nobody_fills_the_memory(vault):
    for number in range(600):
        vault.keep("bob", f"label-{number}", "x", PLACES)
    assert vault.value("alice", "password") is None
    assert vault.value("bob", "label-599") == "x"
    assert "canary" not in repr(vault)
