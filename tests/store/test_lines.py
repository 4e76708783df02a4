"""The journal in the store: one order of lines for all replicas, and a copy to read."""

import io
from collections.abc import Callable
from functools import partial

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import NobodyYet, OperatorError
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.journal_chain import verify
from clickpipes_mcp.store.database import GIVEN_UP_FOR_S

pytestmark = pytest.mark.anyio
FACTS = {"tool": "t", "operation": "create"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def replica(stored_journal, clock) -> Callable[[], Journal]:
    """The journal of another replica."""
    return partial(stored_journal, clock)


async def test_of_any_number_of_replicas_exactly_one_has_nothing_ahead(replica) -> None:
    replicas = [replica() for _ in range(3)]
    ahead = []

    async def announce(journal: Journal) -> None:
        intent = await journal.announce(**FACTS, name="orders", before={"a": "é\u2028“\0”"})
        ahead.append(len(journal.ahead_of(intent)))
        await journal.conclude(intent, "done", clickpipe_id="a pipe")

    async with anyio.create_task_group() as group:
        for journal in replicas * 4:
            group.start_soon(announce, journal)
    assert sorted(ahead) == list(range(12))

    late = replica()
    await late.catch_up()
    copy = late._shared.copy
    assert late.tells_creation_of("a pipe")
    assert len(list(late.entries())) == 24
    assert verify([("copy", io.BytesIO(copy.read_bytes()))]).broken is None


@pytest.mark.usefixtures("given_up_soon")
async def test_when_the_store_is_gone_nothing_is_sent_and_what_ended_is_told_later(
    replica, store_server, clock, caplog
) -> None:
    ours, theirs = replica(), replica()
    intent = await ours.announce(**FACTS, name="orders")
    store_server.control("stop")
    try:
        await ours.conclude(intent, "done", clickpipe_id="a pipe")
        assert "could not be journaled" in caplog.text
        with pytest.raises(NobodyYet, match="nothing was sent") as refused:
            await ours.announce(**FACTS, name="payments")
        assert refused.value.fix.startswith("Wait some seconds, then repeat the call unchanged.")
        assert "the operator of this server looks with `clickpipes-mcp store check`" in (
            refused.value.fix
        )
        await theirs.catch_up()
        assert list(theirs.entries()) == []
    finally:
        store_server.control("start")
    clock.advance(GIVEN_UP_FOR_S)
    await ours.catch_up()
    await theirs.catch_up()
    assert [entry.outcome for entry in theirs.entries()] == [None, "done"]


async def test_a_store_that_is_not_set_up_is_its_operators_turn(replica, store_server) -> None:
    store_server.execute("ALTER TABLE clickpipes_mcp.journal RENAME TO another")
    try:
        with pytest.raises(OperatorError, match=r"nothing was sent.*store init") as refused:
            await replica().announce(**FACTS, name="payments")
    finally:
        store_server.execute("ALTER TABLE clickpipes_mcp.another RENAME TO journal")
    assert refused.value.may_be_repeated is False
    assert "Repeating the call does not help before that" in refused.value.fix


async def test_a_copy_that_cannot_be_written_is_no_fault_of_the_store(replica) -> None:
    journal = replica()
    journal._shared.copy.mkdir()
    with pytest.raises(OperatorError, match="nothing was sent") as refused:
        await journal.announce(**FACTS, name="payments")
    assert "a copy of what stands in the store" in refused.value.fix


async def test_an_end_is_recorded_although_the_call_is_cancelled(replica) -> None:
    ours, theirs = replica(), replica()
    intent = await ours.announce(**FACTS)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await ours.conclude(intent, "unknown")
    await theirs.catch_up()
    assert [entry.outcome for entry in theirs.entries()] == [None, "unknown"]


async def test_a_copy_begins_with_the_last_lines_and_is_made_anew(replica, monkeypatch) -> None:
    monkeypatch.setattr("clickpipes_mcp.store.lines.MOST_COPIED", 3)
    monkeypatch.setattr("clickpipes_mcp.store.lines._AT_ONCE", 2)
    ours, theirs = replica(), replica()
    for number in range(5):
        await ours.announce(**FACTS, name=f"{number}")
    for _ in range(2):
        await theirs.catch_up()
        assert [entry.name for entry in theirs.entries()] == ["2", "3", "4"]
        theirs._shared.remove_copy()
