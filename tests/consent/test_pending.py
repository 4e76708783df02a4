"""Questions on pages, of one process and of replicas that share a store: the same holds."""

from dataclasses import replace
from datetime import UTC, datetime

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
from tests.serving import SHARED_KEY
from tests.store.passing import Places, of_one_process, of_replicas

pytestmark = pytest.mark.anyio
IMPACT = Impact(
    Operation.STOP, "service", "id", "orders", "kafka", "Running", "1",
    CONSEQUENCES[Operation.STOP][Family.STREAMING],
)  # fmt: skip


async def nobody_listens(_: float, __: float | None, ___: str) -> None:
    """Tells nobody how long it waits."""


@pytest.fixture
def shared(opened, store_server) -> Places[PendingQuestions]:
    return of_replicas(opened, store_server, SharedQuestions)


@pytest.fixture(params=["one process", "replicas"])
def replicas(request) -> Places[PendingQuestions]:
    is_one = request.param == "one process"
    return of_one_process(PendingQuestions) if is_one else request.getfixturevalue("shared")


async def ask(
    replicas: Places[PendingQuestions], impact: Impact = IMPACT, binding: str = "this call"
) -> PendingQuestion:
    return await replicas.asking.ask(impact, binding, "alice")


async def wait(place: PendingQuestions, question: PendingQuestion, patience_s: float = 10):
    return await place.wait(question, patience_s, nobody_listens)


async def test_who_waits_learns_of_the_answer_and_it_is_used_once(replicas):
    question = await ask(replicas)
    assert await replicas.showing.known("this call") == question
    assert await replicas.showing.find(question.id) == (question, Standing.OPEN)
    learned = []

    async def learn() -> None:
        learned.append(await wait(replicas.asking, question))

    async with anyio.create_task_group() as group:
        group.start_soon(learn)
        group.start_soon(learn)
        await anyio.wait_all_tasks_blocked()
        assert await replicas.showing.answer(question, Standing.AGREED)
    assert sorted(one.value for one in learned) == ["agreed", "changed"]
    assert not await replicas.asking.answer(question, Standing.DECLINED)
    assert await replicas.showing.known("this call") is None


async def test_the_call_may_be_repeated_anywhere_after_the_answer(replicas):
    question = await ask(replicas)
    assert await wait(replicas.asking, question, patience_s=0) is Standing.OPEN
    assert await replicas.asking.answer(question, Standing.DECLINED)
    assert not await replicas.showing.answer(question, Standing.AGREED)
    known = await replicas.showing.known("this call")
    assert known == question
    learned = await wait(replicas.showing, question)
    assert learned is Standing.DECLINED
    assert await replicas.asking.known("this call") is None


async def test_another_question_about_the_same_closes_the_earlier_one(replicas):
    earlier = await ask(replicas)
    assert await replicas.showing.known("this call") == earlier
    changed = await ask(replicas, replace(IMPACT, state="Stopped"), "this call, changed")
    about_another = await ask(replicas, replace(IMPACT, subject_id="other"), "another call")
    assert (await replicas.showing.find(earlier.id))[1] is Standing.CHANGED
    assert not await replicas.showing.answer(earlier, Standing.AGREED)
    assert await replicas.showing.known("this call") is None
    for open_one in (changed, about_another):
        assert (await replicas.showing.find(open_one.id))[1] is Standing.OPEN


async def test_nobody_answers_after_ten_minutes(replicas):
    question = await ask(replicas)
    replicas.pass_by(600)
    assert not await replicas.showing.answer(question, Standing.AGREED)
    assert await replicas.asking.known("this call") is None
    assert await wait(replicas.asking, question) is Standing.EXPIRED


async def test_the_stores_word_prolongs_no_question(shared):
    question = await ask(shared)
    assert await shared.showing.answer(question, Standing.AGREED)
    shared.clock.advance(600)
    assert await shared.asking.known("this call") is None
    assert (await shared.showing.find(question.id))[1] is Standing.EXPIRED
    assert await wait(shared.asking, question) is Standing.EXPIRED
    later = await ask(shared, replace(IMPACT, subject_id="other"), "another call")
    shared.clock.advance(600)
    assert not await shared.showing.answer(later, Standing.AGREED)


async def test_without_the_store_no_yes_is_taken(shared, store_server):
    question = await ask(shared)
    assert await shared.showing.answer(question, Standing.AGREED)
    await shared.asking.find(question.id)
    store_server.execute("DROP SCHEMA clickpipes_mcp CASCADE")
    with pytest.raises(ConsentRequired, match="Nothing was changed"), store_needed(ConsentRequired):
        await wait(shared.asking, question)


async def test_a_yes_to_a_replica_without_the_store_is_a_code(opened):
    """Of an earlier version, while one replica after the other is replaced."""
    clock = ManualClock(datetime.now(UTC))

    def desk(pages: StoredPages | None) -> Desk:
        return Desk(
            clock, ConfirmationTokens(clock, SHARED_KEY), shared_key=SHARED_KEY, pages=pages
        )

    with_store, without = desk(StoredPages(opened(), SHARED_KEY)), desk(None)
    for asked_by, answered_by in ((without, with_store), (with_store, without)):
        question = await asked_by.questions.ask(IMPACT, "this call", "alice")
        agreed = await answered_by.agree(question)
        assert agreed
        assert agreed.code
    agreed = await with_store.agree(await with_store.questions.ask(IMPACT, "other", "alice"))
    assert agreed
    assert not agreed.code
