"""Forms for secrets, of one process and of replicas that share a store: the same holds for both."""

import pytest

from clickpipes_mcp.asked_secrets import (
    FormStanding,
    SecretForm,
    SecretForms,
    SharedForms,
    WantedSecret,
)
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_refs import PrivateKey, Secret
from tests.store.passing import Places, of_one_process, of_replicas

pytestmark = pytest.mark.anyio
WANTED = WantedSecret(
    "password", (Secret, PrivateKey), ("source.password",), "", ("db",), ("postgres db",)
)
PLACES = WANTED.places


@pytest.fixture
def shared(opened, store_server) -> Places[SecretForms]:
    return of_replicas(opened, store_server, SharedForms)


@pytest.fixture(params=["one process", "replicas"])
def replicas(request) -> Places[SecretForms]:
    is_one = request.param == "one process"
    return of_one_process(SecretForms) if is_one else request.getfixturevalue("shared")


async def ask(replicas: Places[SecretForms], binding: str = "this call") -> SecretForm:
    return await replicas.asking.ask(binding, "alice", "A call.", "", (), (WANTED,))


async def test_a_form_is_answered_once_wherever_that_is(replicas):
    form = await ask(replicas)
    shown, standing = await replicas.showing.find(form.id)
    assert (shown, standing) == (form, FormStanding.OPEN)
    assert await replicas.showing.give(form, {"password": "canary"}) == ()
    assert await replicas.asking.give(form, {"password": "other"}) is None
    assert not await replicas.asking.decline(form)
    assert (await replicas.asking.find(form.id))[1] is FormStanding.GIVEN
    assert await replicas.asking.use(form) is FormStanding.GIVEN
    assert replicas.asking.vault.value("alice", "password") == "canary"
    assert replicas.asking.vault.is_for("alice", "password", PLACES)
    assert not replicas.asking.vault.is_for("alice", "password", ["postgres elsewhere"])
    assert await replicas.showing.known("this call") is None


async def test_who_waits_learns_of_the_answer(replicas):
    form = await ask(replicas)
    await replicas.asking.look(form)
    assert not replicas.asking.answered(form).is_set()
    await replicas.showing.give(form, {"password": "canary"})
    await replicas.asking.look(form)
    assert replicas.asking.answered(form).is_set()
    assert await replicas.asking.use(form) is FormStanding.GIVEN


async def test_a_form_that_was_declined_keeps_nothing(replicas):
    form = await ask(replicas)
    assert await replicas.showing.decline(form)
    assert await replicas.asking.give(form, {"password": "canary"}) is None
    assert await replicas.asking.use(form) is FormStanding.DECLINED
    assert replicas.asking.vault.value("alice", "password") is None


async def test_a_form_expires_after_ten_minutes(replicas):
    form = await ask(replicas)
    replicas.pass_by(600)
    assert not replicas.asking.is_any_open
    assert (await replicas.asking.find(form.id))[1] is FormStanding.EXPIRED
    assert await replicas.showing.give(form, {"password": "canary"}) is None
    assert await replicas.asking.known("this call") is None
    assert replicas.asking.vault.value("alice", "password") is None


async def test_a_form_is_that_of_one_call(replicas):
    form = await ask(replicas)
    assert await replicas.showing.known("this call") == form
    assert await replicas.showing.known("another call") is None
    assert await replicas.showing.find("another id") == (None, FormStanding.UNKNOWN)
    await replicas.showing.close(form)
    assert await replicas.showing.known("this call") is None


async def test_a_value_is_forgotten_after_an_hour(replicas):
    form = await ask(replicas)
    await replicas.showing.give(form, {"password": "canary"})
    replicas.pass_by(3599)
    await replicas.asking.recall("alice", form.secrets)
    assert replicas.asking.vault.value("alice", "password") == "canary"
    await replicas.asking.recall("bob", form.secrets)
    assert replicas.asking.vault.value("bob", "password") is None
    replicas.pass_by(121)
    await replicas.asking.recall("alice", form.secrets)
    assert replicas.asking.vault.value("alice", "password") is None


async def test_what_went_out_through_one_replica_went_out_for_all(replicas):
    form = await ask(replicas)
    await replicas.showing.give(form, {"password": "canary"})
    await replicas.showing.refresh("alice", ["password"])
    await replicas.showing.note_sent("alice", "password")
    await replicas.asking.recall("alice", form.secrets)
    assert replicas.asking.vault.is_for("alice", "password", PLACES)
    assert not replicas.asking.vault.is_for("alice", "password", PLACES, unsent=True)


async def test_the_store_holds_nothing_that_can_be_read(shared, store_server):
    form = await ask(shared)
    await shared.showing.give(form, {"password": "canary"})
    with store_server.connected() as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'clickpipes_mcp'"
        ).fetchall()
        rows = {
            table: connection.execute(b"SELECT * FROM clickpipes_mcp." + table).fetchall()
            for (table,) in tables
        }
    assert (len(rows[b"pages"]), len(rows[b"asked_secrets"])) == (1, 1)
    for word in ("canary", "alice", "password", "postgres", form.id, form.binding):
        assert word not in repr(rows)


async def test_who_writes_to_the_store_without_the_key_gives_nothing(shared, store_server):
    forms = [await ask(shared, call) for call in ("this call", "another call")]
    await shared.showing.give(forms[0], {"password": "canary"})
    moved = "UPDATE clickpipes_mcp.pages SET {0} = (SELECT {0} FROM clickpipes_mcp.pages WHERE {1})"
    store_server.execute(moved.format("standing", "standing <> 'open'"))
    other = SharedForms(shared.showing._clock, shared.showing._pages)
    assert (await other.find(forms[0].id))[1] is FormStanding.GIVEN
    assert await other.find(forms[1].id) == (None, FormStanding.UNKNOWN)
    store_server.execute("UPDATE clickpipes_mcp.asked_secrets SET id = repeat('0', 64)")
    await other.recall("alice", forms[0].secrets)
    assert other.vault.value("alice", "password") is None
    store_server.execute(
        "UPDATE clickpipes_mcp.pages SET standing = 'open'",
        "UPDATE clickpipes_mcp.pages AS one SET binding = other.binding "
        "FROM clickpipes_mcp.pages AS other WHERE other.id <> one.id",
    )
    assert await other.known("this call") is None


async def test_what_was_given_anew_elsewhere_is_what_goes_out(shared):
    form = await ask(shared)
    await shared.showing.give(form, {"password": "canary"})
    await shared.asking.recall("alice", form.secrets)
    anew = await ask(shared, "another call")
    await shared.showing.give(anew, {"password": "rotated"})
    with pytest.raises(SecretUnavailable, match="given anew"):
        await shared.asking.note_sent("alice", "password")
    await shared.asking.refresh("alice", ["password"])
    assert shared.asking.vault.value("alice", "password") == "rotated"
    await shared.asking.note_sent("alice", "password")
    await shared.showing.refresh("alice", ["password"])
    assert not shared.showing.vault.is_for("alice", "password", PLACES, unsent=True)
    await shared.asking.refresh("alice", ["never given"])
    assert shared.asking.vault.value("alice", "never given") is None


async def test_the_stores_word_prolongs_no_form(shared):
    form = await ask(shared)
    shared.clock.advance(600)
    assert await shared.showing.give(form, {"password": "canary"}) is None
    assert (await shared.showing.find(form.id))[1] is FormStanding.EXPIRED
    assert await shared.showing.known("this call") is None


async def test_what_cannot_be_noted_as_sent_is_not_sent(shared, store_server):
    form = await ask(shared)
    await shared.showing.give(form, {"password": "canary"})
    store_server.execute("DROP SCHEMA clickpipes_mcp CASCADE")
    with pytest.raises(SecretUnavailable, match="Nothing was sent"):
        await shared.showing.note_sent("alice", "password")


async def test_forms_do_not_fill_the_memory():
    forms = SecretForms(ManualClock())
    form = await forms.ask("this call", "alice", "A call.", "", (), (WANTED,))
    for number in range(300):
        await forms.ask(f"call {number}", "bob", "A call.", "", (), (WANTED,))
    assert await forms.find(form.id) == (None, FormStanding.UNKNOWN)


def test_the_types_of_all_fields_have_to_be_content():
    wanted = WantedSecret("key", (Secret,), (), "", (), ())
    assert wanted.flaw_in("") == "is empty"
    assert wanted.flaw_in("${HOME}")
    assert wanted.flaw_in("two\nlines")
    assert not wanted.flaw_in("a password; with = anything")
