"""Whoever needs the store and lacks it is told whose turn it is, whatever it is needed for."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from clickpipes_mcp.asked_secrets import SharedForms
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import ConfirmationTokens
from clickpipes_mcp.consent.shared_questions import SharedQuestions, store_needed
from clickpipes_mcp.consent.stored_ledger import StoredLedger
from clickpipes_mcp.errors import (
    ClickPipesError,
    ConsentRequired,
    NobodyYet,
    OperatorError,
    PersonError,
)
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.store import Database, StoredLines, StoredPages
from tests.consent.test_pending import IMPACT
from tests.ports import free_port
from tests.serving import SHARED_KEY

pytestmark = pytest.mark.anyio


class Replica:
    """All that one replica needs a store for."""

    def __init__(self, database: Database) -> None:
        clock = ManualClock()
        pages = StoredPages(database, SHARED_KEY)
        ledger = StoredLedger(database, SHARED_KEY)
        self.lines = StoredLines(database)
        self.journal = Journal(None, clock, shared=self.lines)
        self.tokens = ConfirmationTokens(clock, SHARED_KEY, ledger)
        self.token = self.tokens.mint(IMPACT, "alice", {})
        self.questions = SharedQuestions(clock, pages)
        self.forms = SharedForms(clock, pages)

    async def ask(self) -> None:
        with store_needed(ConsentRequired):
            await self.questions.ask(IMPACT, "this call", "alice")


NEEDS: dict[str, Callable[[Replica], Awaitable[object]]] = {
    "a write": lambda one: one.journal.announce(tool="t", operation="create"),
    "a code": lambda one: one.tokens.redeem(one.token, IMPACT, "alice", {}),
    "what was done": lambda one: one.tokens.occasion(IMPACT),
    "an act": lambda one: one.tokens.note_done(IMPACT),
    "a question": Replica.ask,
    "a secret": lambda one: one.forms.refresh("alice", ["password"]),
    "a secret that goes out": lambda one: one.forms.note_sent("alice", "password"),
}
NOTHING = ("Nothing was changed.", "Nothing was sent.", "so nothing was sent.")


async def refusal_of(needed: str, database: Database) -> ClickPipesError:
    replica = Replica(database)
    try:
        with pytest.raises(ClickPipesError) as refused:
            await NEEDS[needed](replica)
    finally:
        replica.lines.remove_copy()
    assert any(said in refused.value.message for said in NOTHING)
    return refused.value


@pytest.fixture
async def silent() -> AsyncIterator[Database]:
    """A store at whose address nobody listens."""
    given = {
        "CLICKPIPES_STORE": f"postgresql://owner@127.0.0.1:{free_port()}/shop",
        "CLICKPIPES_HTTP_KEY": SHARED_KEY,
    }
    database = Database(load_settings(given), ManualClock())
    yield database
    await database.aclose()


@pytest.mark.parametrize("needed", NEEDS)
async def test_without_an_answer_the_call_is_to_be_repeated_and_then_the_operator_told(
    silent, needed
) -> None:
    refusal = await refusal_of(needed, silent)

    assert isinstance(refusal, NobodyYet)
    assert refusal.may_be_repeated
    assert refusal.message.endswith("The store (CLICKPIPES_STORE) does not answer.")
    assert refusal.fix.startswith("Wait some seconds, then repeat the call unchanged.")
    assert refusal.fix.endswith(
        "tell the person: the operator of this server looks with `clickpipes-mcp store check`."
    )


@pytest.mark.parametrize("needed", NEEDS)
async def test_without_its_tables_it_is_the_operators_turn_first(
    opened, store_server, needed
) -> None:
    store_server.execute("DROP SCHEMA clickpipes_mcp CASCADE")

    refusal = await refusal_of(needed, opened())

    assert isinstance(refusal, (OperatorError, PersonError))
    assert not refusal.may_be_repeated
    assert "clickpipes-mcp store init" in refusal.message
    assert "ell the person" in refusal.fix
    assert "clickpipes-mcp store check" in refusal.fix
