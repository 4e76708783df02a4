"""What was confirmed, among processes: one key, and every answer once."""

import os
import stat
from collections import Counter

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import (
    CONSEQUENCES,
    KEPT_S,
    LIFETIME_S,
    ConfirmationTokens,
    Impact,
    LedgerFiles,
    Operation,
    StoredLedger,
)
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import ConsentRequired, ConsentStale
from tests.serving import SHARED_KEY

IMPACT = Impact(
    Operation.STOP, "service", "id", "orders", "kafka", "Running", "1",
    CONSEQUENCES[Operation.STOP][Family.STREAMING],
)  # fmt: skip
PROCESSES = 8
pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def process(tmp_path, clock):
    """Another process: nothing in common with the others but the directory."""
    return lambda: ConfirmationTokens(clock, ledger=LedgerFiles(tmp_path / "state", clock))


@pytest.fixture(params=["files", "store"])
def another(request, process, clock):
    """Another process, or another replica: nothing in common but where the ledger is kept."""
    if request.param == "files":
        return process
    opened = request.getfixturevalue("opened")
    return lambda: ConfirmationTokens(clock, SHARED_KEY, StoredLedger(opened(), SHARED_KEY))


async def test_a_token_is_good_in_another_process_or_replica_and_once_among_all(another) -> None:
    token = another().mint(IMPACT, "alice", {"clickpipe": "orders"})

    for principal, said in (("bob", {"clickpipe": "orders"}), ("alice", {"clickpipe": "other"})):
        with pytest.raises(ConsentStale):
            await another().redeem(token, IMPACT, principal, said)
    await another().redeem(token, IMPACT, "alice", {"clickpipe": "orders"})
    for again in (another(), another()):
        with pytest.raises(ConsentStale):
            await again.redeem(token, IMPACT, "alice", {"clickpipe": "orders"})


async def test_two_tokens_for_one_yes_do_one_thing(another, clock) -> None:
    """Nothing looks changed yet where the first acted: the second must not act once more."""
    first, second, third = (another() for _ in range(3))
    token = first.mint(IMPACT, "alice", {})
    clock.advance(1)
    other = second.mint(IMPACT, "alice", {})
    await first.redeem(token, IMPACT, "alice", {})
    await second.redeem(other, IMPACT, "alice", {})
    await first.note_done(IMPACT)

    with pytest.raises(ConsentStale):
        await second.note_done(IMPACT)
    assert await third.occasion(IMPACT) == 1


def test_of_processes_that_use_an_answer_at_one_time_one_does(tmp_path, clock) -> None:
    token = ConfirmationTokens(clock, ledger=LedgerFiles(tmp_path, clock)).mint(IMPACT, "alice", {})

    async def use() -> int:
        tokens = ConfirmationTokens(clock, ledger=LedgerFiles(tmp_path, clock))
        try:
            await tokens.redeem(token, IMPACT, "alice", {})
            await tokens.note_done(IMPACT)
        except ConsentStale:
            return 1
        return 0

    assert sorted(_forked(lambda: anyio.run(use))) == [0] + [1] * (PROCESSES - 1)


def test_processes_that_begin_at_one_time_find_one_key(tmp_path, clock) -> None:
    def begin() -> int:
        return LedgerFiles(tmp_path / "deep" / "state", clock).key()[0]

    assert len(Counter(_forked(begin))) == 1


def _forked(act) -> list[int]:
    """What each of several processes exits with, that do the same at one time."""
    start, go = os.pipe()
    children = []
    for _ in range(PROCESSES):
        if (child := os.fork()) == 0:
            os.close(go)
            os.read(start, 1)
            code = 99
            try:
                code = act()
            finally:
                os._exit(code)
        children.append(child)
    os.close(start)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


async def test_occasions_go_on_when_old_entries_are_forgotten(process, clock, tmp_path) -> None:
    tokens, once = process(), process().mint(IMPACT, "alice", {})
    await tokens.note_done(IMPACT)
    clock.advance(KEPT_S - 1)
    later = Impact(**{**vars(IMPACT), "occasion": 1})
    await tokens.note_done(later)
    clock.advance(2)
    await tokens.redeem(tokens.mint(later, "alice", {}), later, "alice", {})

    assert await process().occasion(IMPACT) == 2
    assert len(list((tmp_path / "state" / "consent").iterdir())) == 4, "key, lock, and two entries"
    with pytest.raises(ConsentStale):
        await process().redeem(once, IMPACT, "alice", {})
    assert KEPT_S > LIFETIME_S


async def test_the_key_and_the_entries_are_this_users_alone(process, tmp_path) -> None:
    tokens = process()
    await tokens.redeem(tokens.mint(IMPACT, "alice", {}), IMPACT, "alice", {})
    kept = tmp_path / "state" / "consent"

    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in kept.iterdir())


def _is_a_file(consent, _) -> None:
    consent.parent.mkdir()
    consent.write_text("")


def _is_a_link(consent, elsewhere) -> None:
    consent.parent.mkdir()
    elsewhere.mkdir(0o700)
    consent.symlink_to(elsewhere)


def _is_open_to_others(consent, _) -> None:
    consent.mkdir(parents=True)
    consent.chmod(0o770)


def _key_is_readable(consent, _) -> None:
    consent.mkdir(0o700, parents=True)
    (consent / "key").write_bytes(b"k" * 32)
    (consent / "key").chmod(0o644)


def _key_is_a_link(consent, elsewhere) -> None:
    consent.mkdir(0o700, parents=True)
    elsewhere.write_bytes(b"k" * 32)
    (consent / "key").symlink_to(elsewhere)


@pytest.mark.parametrize(
    "spoil", [_is_a_file, _is_a_link, _is_open_to_others, _key_is_readable, _key_is_a_link]
)
async def test_where_nothing_can_be_kept_in_private_a_token_ends_with_its_process(
    process, tmp_path, spoil
) -> None:
    spoil(tmp_path / "state" / "consent", tmp_path / "elsewhere")
    first, second = process(), process()
    token = first.mint(IMPACT, "alice", {})

    with pytest.raises(ConsentStale, match="not valid here") as refused:
        await second.redeem(token, IMPACT, "alice", {})
    assert "ends with the process that gave it" in refused.value.fix
    await first.redeem(token, IMPACT, "alice", {})
    await first.note_done(IMPACT)
    with pytest.raises(ConsentStale):
        await first.redeem(token, IMPACT, "alice", {})


async def test_a_directory_that_is_spoiled_later_takes_no_yes(process, tmp_path) -> None:
    tokens = process()
    token = tokens.mint(IMPACT, "alice", {})
    (tmp_path / "state" / "consent").chmod(0o777)

    for use in (
        lambda: tokens.redeem(token, IMPACT, "alice", {}),
        lambda: tokens.occasion(IMPACT),
        lambda: tokens.note_done(IMPACT),
        lambda: tokens._note_done(IMPACT),
    ):
        with pytest.raises(ConsentRequired, match="cannot be written down"):
            await use()


def test_half_a_key_of_a_killed_process_is_made_anew(tmp_path, clock) -> None:
    ledger = LedgerFiles(tmp_path, clock)
    ledger.key()
    (tmp_path / "consent" / "key").write_bytes(b"half")

    assert len(made := ledger.key()) == 32
    assert LedgerFiles(tmp_path, clock).key() == made
