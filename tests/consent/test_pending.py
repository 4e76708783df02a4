"""Questions on pages, of one process and of replicas that share a store: the same holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import (
    CONSEQUENCES,
    ConfirmationTokens,
    Desk,
    Impact,
    Operation,
    PendingQuestion,
    Standing,
)
from clickpipes_mcp.consent.pending import PendingQuestions
from clickpipes_mcp.consent.shared_questions import SharedQuestions, store_needed
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import ConsentRequired
from clickpipes_mcp.store import StoredPages
from tests.store.passing import in_step_with, pass_by

pytestmark = pytest.mark.anyio
KEY = "an invented key that all replicas share"
IMPACT = Impact(
    Operation.STOP, "service", "id", "orders", "kafka", "Running", "1",
    CONSEQUENCES[Operation.STOP][Family.STREAMING],
)  # fmt: skip


async def nobody_listens(_: float, __: float | None, ___: str) -> None:
    """Tells nobody how long it waits."""


@dataclass
class Replicas:
    """Where a call asks, and where its page is shown: the same process, or two of them."""

    asking: PendingQuestions
    showing: PendingQuestions
    pass_by: Callable[[float], None]

    async def ask(self, impact: Impact = IMPACT, binding: str = "this call") -> PendingQuestion:
        return await self.asking.ask(impact, binding, "alice")

    async def wait(self, question: PendingQuestion, patience_s: float = 10) -> Standing:
        return await self.asking.wait(question, patience_s, nobody_listens)


@pytest.fixture
def shared(opened, store_server) -> Replicas:
    clock = in_step_with(store_server)
    asking, showing = (SharedQuestions(clock, StoredPages(opened(), KEY)) for _ in range(2))
    return Replicas(asking, showing, lambda seconds: pass_by(clock, store_server, seconds))


@pytest.fixture(params=["one process", "replicas"])
def replicas(request) -> Replicas:
    if request.param == "replicas":
        found: Replicas = request.getfixturevalue("shared")
        return found
    questions = PendingQuestions(clock := ManualClock())
    return Replicas(questions, questions, clock.advance)


async def test_who_waits_learns_of_the_answer_and_it_is_used_once(replicas):
    question = await replicas.ask()
    assert await replicas.showing.known("this call") == question
    assert await replicas.showing.find(question.id) == (question, Standing.OPEN)
    learned = []

    async def wait() -> None:
        learned.append(await replicas.wait(question))

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert await replicas.showing.answer(question, Standing.AGREED)
    assert sorted(one.value for one in learned) == ["agreed", "changed"]
    assert not await replicas.asking.answer(question, Standing.DECLINED)
    assert await replicas.showing.known("this call") is None


async def test_the_call_may_be_repeated_anywhere_after_the_answer(replicas):
    question = await replicas.ask()
    assert await replicas.wait(question, patience_s=0) is Standing.OPEN
    assert await replicas.asking.answer(question, Standing.DECLINED)
    assert not await replicas.showing.answer(question, Standing.AGREED)
    known = await replicas.showing.known("this call")
    assert known == question
    learned = await replicas.showing.wait(question, 10, nobody_listens)
    assert learned is Standing.DECLINED
    assert await replicas.asking.known("this call") is None


async def test_another_question_about_the_same_closes_the_earlier_one(replicas):
    earlier = await replicas.ask()
    assert await replicas.showing.known("this call") == earlier
    changed = await replicas.ask(replace(IMPACT, state="Stopped"), "this call, changed")
    about_another = await replicas.ask(replace(IMPACT, subject_id="other"), "another call")
    assert (await replicas.showing.find(earlier.id))[1] is Standing.CHANGED
    assert not await replicas.showing.answer(earlier, Standing.AGREED)
    assert await replicas.showing.known("this call") is None
    for open_one in (changed, about_another):
        assert (await replicas.showing.find(open_one.id))[1] is Standing.OPEN


async def test_nobody_answers_after_ten_minutes(replicas):
    question = await replicas.ask()
    replicas.pass_by(600)
    assert not await replicas.showing.answer(question, Standing.AGREED)
    assert await replicas.asking.known("this call") is None
    assert await replicas.wait(question) is Standing.EXPIRED


async def test_without_the_store_no_yes_is_taken(shared, store_server):
    question = await shared.ask()
    assert await shared.showing.answer(question, Standing.AGREED)
    await shared.asking.find(question.id)
    store_server.execute("DROP SCHEMA clickpipes_mcp CASCADE")
    with pytest.raises(ConsentRequired, match="Nothing was changed"), store_needed(ConsentRequired):
        await shared.wait(question)


async def test_a_yes_to_a_replica_without_the_store_is_a_code(opened, store_server):
    """Of an earlier version, while one replica after the other is replaced."""
    clock = in_step_with(store_server)

    def desk(pages: StoredPages | None) -> Desk:
        return Desk(clock, ConfirmationTokens(clock, KEY), shared_key=KEY, pages=pages)

    with_store, without = desk(StoredPages(opened(), KEY)), desk(None)
    for asked_by, answered_by in ((without, with_store), (with_store, without)):
        question = await asked_by.questions.ask(IMPACT, "this call", "alice")
        agreed = await answered_by.agree(question)
        assert agreed
        assert agreed.code
    agreed = await with_store.agree(await with_store.questions.ask(IMPACT, "other", "alice"))
    assert agreed
    assert not agreed.code
