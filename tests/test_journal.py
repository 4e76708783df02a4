import contextlib
import errno
import json
import os
import socket
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import OperatorError
from clickpipes_mcp.journal import Journal, JournalEntry
from clickpipes_mcp.journal_entry import name_apart, name_shown

SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit" / "journal.jsonl"


@pytest.fixture
def journal(path, clock):
    return Journal(path, clock)


def deletion(journal: Journal) -> JournalEntry:
    return journal.intent(
        tool="delete_clickpipe",
        operation="delete",
        service_id=SERVICE,
        clickpipe_id=PIPE,
        name="orders",
        consent="elicitation",
    )


def test_an_intent_outlasts_a_loss_of_power(journal, path, monkeypatch):
    flushed = []

    def flush(descriptor: int) -> None:
        flushed.append((os.fstat(descriptor).st_ino, path.read_text()))

    monkeypatch.setattr(os, "fsync", flush)
    entry = deletion(journal)

    ((inode, written),) = flushed
    assert inode == path.stat().st_ino
    assert json.loads(written)["id"] == entry.id


def test_an_intent_is_on_disk_when_it_returns(journal, path, clock):
    entry = deletion(journal)
    assert json.loads(path.read_text()) == {
        "id": entry.id,
        "time": clock.now().isoformat(),
        "phase": "intent",
        "tool": "delete_clickpipe",
        "operation": "delete",
        "service_id": SERVICE,
        "clickpipe_id": PIPE,
        "name": "orders",
        "consent": "elicitation",
        "prev": "",
    }


def test_an_outcome_follows_its_intent(journal, clock):
    intent = deletion(journal)
    clock.advance(2)
    outcome = journal.outcome(intent, "done", request_id="r-1")
    assert list(journal.entries()) == [intent, outcome]
    assert outcome.time - intent.time == timedelta(seconds=2)
    assert (outcome.id, outcome.outcome, outcome.request_id) == (intent.id, "done", "r-1")


def test_the_id_of_a_pipe_that_did_not_exist_before_is_in_the_outcome(journal):
    intent = journal.intent(tool="create_kafka_clickpipe", operation="create", name="orders")
    assert journal.outcome(intent, "done", clickpipe_id=PIPE).clickpipe_id == PIPE


def creation(journal: Journal, name: str = "orders") -> JournalEntry:
    return journal.intent(
        tool="create_kafka_clickpipe", operation="create", service_id=SERVICE, name=name
    )


def test_what_another_process_wrote_is_recent_too(path, clock):
    left_behind = creation(Journal(path, clock))
    assert Journal(path, clock).recent() == (left_behind,)


def test_recent_is_the_last_that_is_known_of_each_write(journal):
    outcome = journal.outcome(creation(journal), "unknown")
    waiting = deletion(journal)
    assert journal.recent() == (outcome, waiting)


def test_without_a_path_this_process_still_knows_what_it_wrote(clock):
    journal = Journal(None, clock)
    outcome = journal.outcome(creation(journal), "unknown")
    assert journal.recent() == (outcome,)


def test_only_so_many_writes_are_remembered(clock):
    journal = Journal(None, clock)
    first = creation(journal)
    for _ in range(1000):
        creation(journal)
    assert len(journal.recent()) == 1000
    assert first not in journal.recent()


def test_of_a_long_journal_only_the_end_is_recent(journal, path, clock):
    first = creation(journal)
    with path.open("a") as file:
        file.write("x" * 600 * 1024 + "\n" + "x\n" * 2200)
    last = creation(journal)
    assert list(journal.entries()) == [first, last]
    assert Journal(path, clock).recent() == (last,)


def test_a_write_is_open_until_its_end_is_known(journal):
    intent = creation(journal)
    assert intent.is_open
    assert journal.outcome(intent, "unknown").is_open
    assert not journal.outcome(intent, "adopted").is_open


def test_what_was_announced_before_is_ahead(path, clock):
    ours, theirs = Journal(path, clock), Journal(path, clock)
    first = creation(theirs)
    second = creation(ours)
    assert ours.ahead_of(second) == (first,)
    assert theirs.ahead_of(first) == ()


def test_what_is_ahead_is_told_as_it_ended(path, clock):
    ours, theirs = Journal(path, clock), Journal(path, clock)
    first = creation(theirs)
    second = creation(ours)
    outcome = theirs.outcome(first, "done", clickpipe_id=PIPE)
    assert ours.ahead_of(second) == (outcome,)


def test_the_order_of_the_lines_decides_and_not_the_clocks(path, clock):
    fast, slow = ManualClock(), clock
    fast.advance(3600)
    first = creation(Journal(path, fast))
    second = creation(Journal(path, slow))
    assert second.time < first.time
    assert Journal(path, slow).ahead_of(second) == (first,)
    assert Journal(path, fast).ahead_of(first) == ()


def test_of_any_number_of_processes_exactly_one_has_nothing_ahead(path, clock):
    processes = [Journal(path, clock) for _ in range(5)]
    intents = [creation(journal) for journal in processes]
    ahead = [journal.ahead_of(intent) for journal, intent in zip(processes, intents, strict=True)]
    assert [len(entries) for entries in ahead] == [0, 1, 2, 3, 4]


def test_without_a_file_nothing_is_ahead(clock):
    journal = Journal(None, clock)
    creation(journal)
    assert journal.ahead_of(creation(journal)) == ()


def test_when_the_file_was_put_away_nothing_is_ahead(journal, path, clock):
    intent = creation(journal)
    path.rename(path.with_suffix(".1"))
    creation(Journal(path, clock))
    assert journal.ahead_of(intent) == ()


def test_an_intent_that_was_cut_short_was_never_sent_and_is_not_ahead(journal, path, clock):
    creation(Journal(path, clock))
    path.write_text(path.read_text()[:-20])
    assert journal.ahead_of(creation(journal)) == ()


def test_an_end_that_could_not_be_written_counts_all_the_same(journal, path):
    earlier = creation(journal)
    lines = path.read_bytes()
    outcome = journal.outcome(earlier, "absent")
    path.write_bytes(lines)
    intent = creation(journal)
    assert journal.ahead_of(intent) == (outcome,)
    assert journal.recent() == (outcome, intent)


def test_an_end_that_another_process_found_out_is_news(journal, path, clock):
    unknown = journal.outcome(creation(journal), "unknown")
    adopted = Journal(path, clock).outcome(unknown, "adopted", clickpipe_id=PIPE)
    assert journal.recent() == (adopted,)


EFFECTS = {
    "unknown": False,
    "done": False,
    "adopted": False,
    "absent": True,
    "yielded": True,
    "refused_by_api": True,
}


@pytest.mark.parametrize(("outcome", "came_to_nothing"), EFFECTS.items(), ids=EFFECTS)
def test_a_write_came_to_nothing_when_that_is_known(journal, outcome, came_to_nothing):
    intent = creation(journal)
    assert not intent.came_to_nothing
    assert journal.outcome(intent, outcome).came_to_nothing is came_to_nothing


def test_only_the_owner_may_read_it(journal, path):
    deletion(journal)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_journal_others_could_read_is_closed_to_them(journal, path):
    path.parent.mkdir()
    path.touch(mode=0o644)
    deletion(journal)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_path_nothing_is_written_and_nothing_is_known(clock):
    journal = Journal(None, clock)
    journal.outcome(deletion(journal), "done")
    assert list(journal.entries()) == []


def test_an_intent_that_cannot_be_written_stops_the_write(tmp_path, clock):
    with pytest.raises(OperatorError, match="nothing was sent") as caught:
        deletion(Journal(tmp_path, clock))
    assert caught.value.fix.startswith(f"{tmp_path} is no regular file of this server's user")


def test_a_journal_in_a_directory_that_cannot_be_written_stops_the_write(path, clock, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OperatorError, match="nothing was sent") as caught:
        deletion(Journal(path, clock))
    assert caught.value.fix == (
        f"The operator makes {path} writable, or sets CLICKPIPES_JOURNAL to another file or to "
        "off; then repeat the call unchanged."
    )


def test_a_journal_that_cannot_be_read_does_not_say_what_was_sent(journal, path, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    creation(journal)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OperatorError) as caught:
        journal.recent()
    assert caught.value.message == "The journal cannot be read."
    assert caught.value.fix == (
        f"The operator makes {path} readable, or sets CLICKPIPES_JOURNAL to another file or to "
        "off; then repeat the call unchanged."
    )


def test_a_journal_that_is_not_there_yet_is_empty(journal, path):
    assert journal.recent() == ()
    path.parent.mkdir()
    assert journal.recent() == ()


def test_a_journal_on_a_full_disk_says_so(journal, monkeypatch, caplog):
    intent = deletion(journal)
    monkeypatch.setattr(os, "write", lambda _descriptor, octets: len(octets) - 1)
    journal.outcome(intent, "done")
    assert "the disk is full" in caplog.text


def test_a_link_is_not_followed(tmp_path, clock):
    target = tmp_path / "elsewhere"
    link = tmp_path / "journal"
    link.symlink_to(target)
    with pytest.raises(OperatorError):
        deletion(Journal(link, clock))
    assert not target.exists()


def second_name(path: Path) -> None:
    """Another file's second name, where its permissions are of importance."""
    other = path.with_suffix(".other")
    other.touch(mode=0o644)
    path.hardlink_to(other)


def device(path: Path) -> None:
    """A copy of /dev/null, where this user may make one."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    path.chmod(0o666)


def listener(path: Path) -> None:
    """What a server leaves that listens there; its path is short, as such paths have to be."""
    with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(path.parent):
        one.bind(path.name)


FOREIGN = {
    "a pipe": os.mkfifo,
    "a device": device,
    "a second name": second_name,
    "a socket": listener,
    "a directory": os.mkdir,
    "a link to a file of ours": lambda path: path.symlink_to(__file__),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_file_of_ours_is_neither_written_nor_read_nor_closed_to_others(
    path, clock, make
):
    path.parent.mkdir()
    make(path)
    before = path.stat()
    journal = Journal(path, clock)
    for use in (lambda: creation(journal), journal.recent):
        with pytest.raises(OperatorError) as caught:
            use()
        assert "no regular file of this server's user" in caught.value.fix
    assert (path.stat().st_mode, path.stat().st_size) == (before.st_mode, before.st_size)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no users apart")
def test_a_file_of_somebody_else_is_left_alone(journal, path, monkeypatch):
    creation(journal)
    path.chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(OperatorError, match="nothing was sent"):
        creation(journal)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_an_outcome_that_cannot_be_written_does_not_hide_what_happened(journal, path, caplog):
    intent = deletion(journal)
    path.unlink()
    path.mkdir()
    assert journal.outcome(intent, "done").outcome == "done"
    assert intent.id in caplog.text


def test_a_line_cut_short_by_a_crash_costs_only_itself(journal, path):
    before = deletion(journal)
    with path.open("a") as file:
        file.write('{"id": "x", "time": "2026-')
    after = deletion(journal)
    assert list(journal.entries()) == [before, after]


GOOD = {
    "id": "1",
    "time": "2026-01-01T00:00:00+00:00",
    "phase": "intent",
    "tool": "create_kafka_clickpipe",
    "operation": "create",
}
BAD = {
    "a list": "[]",
    "null": "null",
    "an empty object": "{}",
    "no text": b"\xff\xfe{}",
    "deep": "[" * 20_000,
    "deep within": '{"id": ' + '{"a":' * 5_000,
    "very long": json.dumps(GOOD | {"name": "x" * 100_000}),
    "a number of very many digits": '{"id": 1' + "0" * 10_000 + "}",
    **{
        f"{name} {value!r}"[:40]: json.dumps(GOOD | {name: value})
        for name, value in [
            *((name, value) for name in GOOD for value in (None, 5, ["x"], {"x": 1}, True)),
            *((name, ["x"]) for name in ("outcome", "name", "service_id", "request_id")),
            ("time", "yesterday"),
            ("time", "2026-01-01T00:00:00"),
            ("phase", "later"),
            ("id", ""),
            ("secrets", [5]),
            ("before", ["x"]),
            ("name", "\ud800"),
        ]
    },
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_line_that_is_no_entry_is_set_aside_and_told_once(journal, path, caplog, line):
    before = creation(journal)
    with path.open("ab") as file:
        file.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
    after = creation(journal)
    assert journal.ahead_of(after) == (before,)
    assert journal.recent() == (before, after)
    assert str(journal.complaint()).startswith(f"A line of the journal, {path}, cannot be read")
    assert journal.complaint() is None
    assert caplog.text.count("is set aside") == 1


def test_a_good_line_of_any_time_zone_is_no_reason_to_complain(journal, path):
    path.parent.mkdir()
    path.write_text(json.dumps(GOOD | {"time": "0001-01-01T00:00:00+23:59"}) + "\n\n")
    path.chmod(0o600)
    (entry,) = journal.recent()
    assert journal.age_s(entry) > 0
    assert journal.complaint() is None


def test_of_an_entry_from_the_future_the_time_counts_since_it_was_seen(path, clock):
    ahead = ManualClock()
    ahead.advance(3600)
    creation(Journal(path, ahead))
    journal = Journal(path, clock)
    ages = []
    for _ in range(3):
        (entry,) = journal.recent()
        ages.append(journal.age_s(entry))
        clock.advance(100)
    assert ages == [0, 100, 200]


def test_names_are_made_harmless(journal, path):
    journal.intent(
        tool="t", operation="o", name="a\u202eb\n{}\x1b[31m password=canary " + "x" * 999
    )
    text = path.read_text()
    assert text.count("\n") == 1
    assert "canary" not in text
    assert len(json.loads(text)["name"]) <= 255


def test_a_name_of_which_not_all_is_shown_is_known_under_what_is():
    assert name_shown("prod\N{REPLACEMENT CHARACTER}") == "prod"
    assert name_shown(name_apart("pay", "0" * 32)) == "pay"
    assert name_shown("pay #1") == "pay #1"
