"""What was confirmed, among processes: one key, and every answer once."""

import os
import stat
from collections import Counter

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import (
    CONSEQUENCES,
    KEPT_S,
    LIFETIME_S,
    ConfirmationTokens,
    Impact,
    Ledger,
    Operation,
)
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import ConsentRequired, ConsentStale

IMPACT = Impact(
    Operation.STOP, "service", "id", "orders", "kafka", "Running", "1",
    CONSEQUENCES[Operation.STOP][Family.STREAMING],
)  # fmt: skip
PROCESSES = 8


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def process(tmp_path, clock):
    """Another process: nothing in common with the others but the directory."""
    return lambda: ConfirmationTokens(clock, ledger=Ledger(tmp_path / "state", clock))


def test_a_token_is_good_in_the_next_process_and_once_among_all(process) -> None:
    token = process().mint(IMPACT, "alice", {"clickpipe": "orders"})

    for principal, said in (("bob", {"clickpipe": "orders"}), ("alice", {"clickpipe": "other"})):
        with pytest.raises(ConsentStale):
            process().redeem(token, IMPACT, principal, said)
    process().redeem(token, IMPACT, "alice", {"clickpipe": "orders"})
    for again in (process(), process()):
        with pytest.raises(ConsentStale):
            again.redeem(token, IMPACT, "alice", {"clickpipe": "orders"})


def test_two_tokens_for_one_yes_do_one_thing(process, clock) -> None:
    """Nothing looks changed yet where the first acted: the second must not act once more."""
    first, second, third = (process() for _ in range(3))
    token = first.mint(IMPACT, "alice", {})
    clock.advance(1)
    other = second.mint(IMPACT, "alice", {})
    first.redeem(token, IMPACT, "alice", {})
    second.redeem(other, IMPACT, "alice", {})
    first.note_done(IMPACT)

    with pytest.raises(ConsentStale):
        second.note_done(IMPACT)
    assert third.occasion(IMPACT) == 1


def test_of_processes_that_use_an_answer_at_one_time_one_does(tmp_path, clock) -> None:
    token = ConfirmationTokens(clock, ledger=Ledger(tmp_path, clock)).mint(IMPACT, "alice", {})

    def use() -> int:
        tokens = ConfirmationTokens(clock, ledger=Ledger(tmp_path, clock))
        try:
            tokens.redeem(token, IMPACT, "alice", {})
            tokens.note_done(IMPACT)
        except ConsentStale:
            return 1
        return 0

    assert sorted(_forked(use)) == [0] + [1] * (PROCESSES - 1)


def test_processes_that_begin_at_one_time_find_one_key(tmp_path, clock) -> None:
    def begin() -> int:
        return Ledger(tmp_path / "deep" / "state", clock).key()[0]

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


def test_occasions_go_on_when_old_entries_are_forgotten(process, clock, tmp_path) -> None:
    tokens, once = process(), process().mint(IMPACT, "alice", {})
    tokens.note_done(IMPACT)
    clock.advance(KEPT_S - 1)
    later = Impact(**{**vars(IMPACT), "occasion": 1})
    tokens.note_done(later)
    clock.advance(2)
    tokens.redeem(tokens.mint(later, "alice", {}), later, "alice", {})

    assert process().occasion(IMPACT) == 2
    assert len(list((tmp_path / "state" / "consent").iterdir())) == 4, "key, lock, and two entries"
    with pytest.raises(ConsentStale):
        process().redeem(once, IMPACT, "alice", {})
    assert KEPT_S > LIFETIME_S


def test_the_key_and_the_entries_are_this_users_alone(process, tmp_path) -> None:
    tokens = process()
    tokens.redeem(tokens.mint(IMPACT, "alice", {}), IMPACT, "alice", {})
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
def test_where_nothing_can_be_kept_in_private_a_token_ends_with_its_process(
    process, tmp_path, spoil
) -> None:
    spoil(tmp_path / "state" / "consent", tmp_path / "elsewhere")
    first, second = process(), process()
    token = first.mint(IMPACT, "alice", {})

    with pytest.raises(ConsentStale, match="not valid here") as refused:
        second.redeem(token, IMPACT, "alice", {})
    assert "ends with the process that gave it" in refused.value.fix
    first.redeem(token, IMPACT, "alice", {})
    first.note_done(IMPACT)
    with pytest.raises(ConsentStale):
        first.redeem(token, IMPACT, "alice", {})


def test_a_directory_that_is_spoiled_later_takes_no_yes(process, tmp_path) -> None:
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
            use()


def test_half_a_key_of_a_killed_process_is_made_anew(tmp_path, clock) -> None:
    ledger = Ledger(tmp_path, clock)
    ledger.key()
    (tmp_path / "consent" / "key").write_bytes(b"half")

    assert len(made := ledger.key()) == 32
    assert Ledger(tmp_path, clock).key() == made
