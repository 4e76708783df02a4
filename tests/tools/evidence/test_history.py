"""What was done to a pipe before it was looked at."""

from datetime import UTC, datetime, timedelta

import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Facts
from clickpipes_mcp.journal import DONE, JournalEntry
from clickpipes_mcp.tools.evidence.history import START, with_history
from tests.serving import facts

CREATED = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
UPDATE = "update_clickpipe"


def later(minutes: float) -> datetime:
    return CREATED + timedelta(minutes=minutes)


def entry(tool, minutes, *, pipe="p", outcome=DONE) -> JournalEntry:
    phase = "outcome" if outcome else "intent"
    return JournalEntry(
        id=f"{tool}{minutes}", time=later(minutes), phase=phase, tool=tool, operation=tool,
        clickpipe_id=pipe, outcome=outcome,
    )  # fmt: skip


def history(*entries, state="Failed", updated=0.0) -> tuple[datetime | None, datetime | None]:
    pipe = Pipe(id="p", state=state, created_at=CREATED, updated_at=later(updated))
    known = with_history(Facts(), pipe, entries)
    return known.changed_at, known.start_failed_at


def test_a_pipe_that_was_never_touched_has_no_change():
    assert history() == (None, None)


def test_the_last_of_all_changes_counts_whoever_made_it():
    assert history(entry(UPDATE, 5), updated=9)[0] == later(9)
    assert history(entry(UPDATE, 12), updated=9)[0] == later(12)
    assert history(entry(UPDATE, 12, pipe="other"), updated=9)[0] == later(9)


@pytest.mark.parametrize("outcome", [None, "rate_limited", "unknown"])
def test_a_write_that_may_not_have_happened_is_no_change(outcome):
    assert history(entry(UPDATE, 12, outcome=outcome)) == (None, None)


def test_a_start_after_which_it_failed_again_was_in_vain():
    assert history(entry(START, 5))[1] == later(5)
    assert history(entry(START, 5), state="Running")[1] is None


def test_a_change_after_a_start_makes_another_start_worth_trying():
    assert history(entry(START, 5), entry(UPDATE, 8))[1] is None
    assert history(entry(START, 5), updated=30)[1] is None


@pytest.mark.anyio
async def test_a_start_that_failed_is_remembered_and_not_advised_again(serve) -> None:
    served = await serve(simulator={"scenario": "postgres-password-rotated"})
    (pipe,) = await served.pipes()
    before = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))
    await served.call("start_clickpipe", clickpipe=pipe)
    served.clock.advance(600.0)

    after = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))

    assert (before["state"], after["state"]) == ("Failed", "Failed")
    assert START in str([before["steps"], before["next_actions"]])
    assert START not in str([after["steps"], after["next_actions"]])
    assert any("started at" in piece for piece in after["worth_knowing"])
