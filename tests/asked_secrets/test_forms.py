import pytest

from clickpipes_mcp.asked_secrets import FormStanding, SecretForm, SecretForms, WantedSecret
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.secret_refs import Secret

pytestmark = pytest.mark.anyio
WANTED = WantedSecret("password", (Secret,), ("source.password",), "", ("db",), ("postgres db",))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def forms(clock) -> SecretForms:
    return SecretForms(clock)


@pytest.fixture
def form(forms) -> SecretForm:
    return forms.ask("this call", "alice", "A call.", "", (), (WANTED,))


async def test_a_form_is_answered_once(forms, form):
    assert await forms.give(form, {"password": "canary"}) == ()
    assert await forms.give(form, {"password": "other"}) is None
    assert not forms.decline(form)
    assert forms.find(form.id)[1] is FormStanding.GIVEN
    assert forms.vault.value("alice", "password") == "canary"


async def test_a_form_that_was_declined_keeps_nothing(forms, form):
    assert forms.decline(form)
    assert await forms.give(form, {"password": "canary"}) is None
    assert forms.vault.value("alice", "password") is None


async def test_a_form_expires_after_ten_minutes(forms, form, clock):
    clock.advance(600)
    assert not forms.is_any_open
    assert forms.find(form.id)[1] is FormStanding.EXPIRED
    assert await forms.give(form, {"password": "canary"}) is None
    assert forms.known("this call") is None
    assert forms.vault.value("alice", "password") is None


def test_a_form_is_that_of_one_call(forms, form):
    assert forms.known("this call") == form
    assert forms.known("another call") is None
    assert forms.find("another id") == (None, FormStanding.UNKNOWN)


def test_forms_do_not_fill_the_memory(forms, form):
    for number in range(300):
        forms.ask(f"call {number}", "bob", "A call.", "", (), (WANTED,))
    assert forms.find(form.id) == (None, FormStanding.UNKNOWN)


def test_the_types_of_all_fields_have_to_be_content():
    wanted = WantedSecret("key", (Secret,), (), "", (), ())
    assert wanted.flaw_in("") == "is empty"
    assert wanted.flaw_in("${HOME}")
    assert wanted.flaw_in("two\nlines")
    assert not wanted.flaw_in("a password; with = anything")
