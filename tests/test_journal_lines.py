"""Lines of several processes stand in one order, whatever file they end in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clickpipes_mcp import file_lock
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import OperatorError
from clickpipes_mcp.journal import Journal, JournalEntry
from clickpipes_mcp.journal_chain import Verdict, verify
from clickpipes_mcp.journal_lines import JournalLines, last_lines, last_of_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")

SMALL_BYTES = 1500
WRITERS, WRITES = 2, 60
WRITER = f"""
import sys
from pathlib import Path
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.journal import Journal
journal = Journal(Path(sys.argv[1]), SystemClock(), most_bytes={SMALL_BYTES * 4}, kept=50)
sys.stdin.readline()
for number in range({WRITES}):
    intent = journal.intent(tool="t", operation="scale", name=f"{{sys.argv[2]}} {{number}}")
    journal.outcome(intent, "done")
"""


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "journal.jsonl"


def judged(path: Path, kept: int = 50) -> Verdict:
    with JournalLines(path, 0, kept).open() as files:
        return verify([(file.name, file) for file in files])


def written(journal: Journal, count: int, name: str = "orders") -> list[JournalEntry]:
    return [
        journal.intent(tool="create_kafka_clickpipe", operation="create", name=f"{name} {number}")
        for number in range(count)
    ]


def test_lines_follow_one_another_across_files(path) -> None:
    journal = Journal(path, ManualClock(), most_bytes=SMALL_BYTES)
    entries = written(journal, 12)

    assert path.with_name("journal.jsonl.1").exists()
    assert judged(path) == Verdict(12, judged(path).begins)
    assert list(journal.entries()) == entries
    assert journal.recent() == tuple(entries)


def test_only_so_many_files_are_kept_and_none_is_much_larger_than_allowed(path) -> None:
    journal = Journal(path, ManualClock(), most_bytes=SMALL_BYTES, kept=2)
    written(journal, 40)

    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["journal.jsonl", "journal.jsonl.1", "journal.jsonl.2"]
    assert all(file.stat().st_size < SMALL_BYTES + 500 for file in path.parent.iterdir())
    verdict = judged(path)
    assert (verdict.broken, verdict.is_whole) == (None, False)


def test_files_that_were_kept_once_and_are_no_longer_go_with_the_next_rotation(path) -> None:
    written(Journal(path, ManualClock(), most_bytes=SMALL_BYTES, kept=5), 40)
    written(Journal(path, ManualClock(), most_bytes=SMALL_BYTES, kept=2), 9)

    assert len(list(path.parent.iterdir())) == 3
    assert judged(path).broken is None


def test_an_attempt_is_still_known_and_still_ahead_after_a_rotation(path) -> None:
    clock = ManualClock()
    theirs, ours = (Journal(path, clock, most_bytes=SMALL_BYTES) for _ in range(2))
    (first,) = written(theirs, 1, "first")
    written(theirs, 8, "others")
    (second,) = written(ours, 1, "second")

    assert first in Journal(path, clock).recent()
    assert first in ours.ahead_of(second)
    assert theirs.ahead_of(first) == ()
    done = theirs.outcome(first, "done", clickpipe_id="a pipe")
    assert done in ours.recent()
    assert ours.tells_creation_of("a pipe")


@pytest.mark.parametrize("outcome", ["adopted", "absent", "unknown"])
def test_what_was_only_adopted_or_never_came_was_not_created_here(path, outcome) -> None:
    journal = Journal(path, ManualClock())
    (attempt,) = written(journal, 1, "attempt")
    journal.outcome(attempt, outcome, clickpipe_id="a pipe")

    assert not journal.tells_creation_of("a pipe")


def test_where_secrets_went_is_known_across_a_rotation(path) -> None:
    journal = Journal(path, ManualClock(), most_bytes=SMALL_BYTES)
    journal.intent(tool="t", operation="create", secrets=["db.example env:X"])
    reader = Journal(path, ManualClock(), most_bytes=SMALL_BYTES)
    assert reader.hosts_of("env:X") == {"db.example"}
    written(journal, 9)
    journal.intent(tool="t", operation="create", secrets=["two.example env:X"])
    assert reader.hosts_of("env:X") == {"db.example", "two.example"}
    assert Journal(path, ManualClock()).hosts_of("env:X") == {"db.example", "two.example"}


def test_without_a_limit_one_file_goes_on(path) -> None:
    written(Journal(path, ManualClock(), most_bytes=0), 20)
    assert [file.name for file in path.parent.iterdir()] == ["journal.jsonl"]


def test_a_file_that_cannot_be_put_aside_goes_on(path, caplog) -> None:
    (path.with_name("journal.jsonl.1") / "full").mkdir(parents=True)

    written(Journal(path, ManualClock(), most_bytes=SMALL_BYTES, kept=1), 12)

    assert len(path.read_bytes().splitlines()) == 12
    assert "cannot be rotated" in caplog.text


def test_lines_of_two_processes_make_one_chain(path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"writer {number}"], stdin=subprocess.PIPE
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.close()

    assert [writer.wait() for writer in writers] == [0] * WRITERS
    verdict = judged(path)
    assert (verdict.broken, verdict.unreadable, verdict.unchained) == (None, 0, 0)
    assert verdict.lines == WRITERS * WRITES * 2
    assert verdict.is_whole
    assert len(list(path.parent.iterdir())) > 5


def test_a_line_cut_short_does_not_break_the_chain(path) -> None:
    journal = Journal(path, ManualClock())
    written(journal, 2)
    with path.open("ab") as file:
        file.write(b'{"id": "x", "ti')
    written(journal, 2)

    verdict = judged(path)
    assert (verdict.lines, verdict.broken, verdict.unreadable) == (5, None, 1)


def test_lines_of_an_older_version_stay_and_the_chain_begins_after_them(path) -> None:
    old = '{"id": "1", "time": "2026-01-01T00:00:00+00:00", "phase": "intent", "tool": "t", '
    path.write_text(old + '"operation": "create"}\n')
    journal = Journal(path, ManualClock())
    written(journal, 1)

    assert len(list(journal.entries())) == 2
    verdict = judged(path)
    assert (verdict.broken, verdict.begins and verdict.begins.line) == (None, 2)
    assert json.loads(path.read_text().splitlines()[1])["prev"]


def test_whoever_reads_does_not_keep_others_from_writing(path) -> None:
    journal = Journal(path, ManualClock())
    written(journal, 1)
    with JournalLines(path, 0, 5).open():
        written(journal, 1)


def test_several_may_open_the_files_at_the_same_moment(path, monkeypatch) -> None:
    monkeypatch.setattr(file_lock, "LONGEST_WAIT_S", 0.0)
    (entry,) = written(Journal(path, ManualClock()), 1)
    with path.open("rb") as opened:
        file_lock.lock(opened.fileno(), shared=True)
        assert Journal(path, ManualClock()).recent() == (entry,)


def test_a_lock_that_is_never_given_back_stops_the_write(path, monkeypatch) -> None:
    monkeypatch.setattr(file_lock, "LONGEST_WAIT_S", 0.0)
    journal = Journal(path, ManualClock())
    written(journal, 1)
    with path.open("ab") as held:
        file_lock.lock(held.fileno())
        with pytest.raises(OperatorError, match="nothing was sent"):
            written(journal, 1)
        with pytest.raises(OperatorError, match="cannot be read"):
            journal.recent()
        file_lock.unlock(held.fileno())
        written(journal, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_the_last_lines_are_found_whatever_their_length(tmp_path, count) -> None:
    lines = [b"x" * (length * 977) + b"\n" for length in range(1, 40)]
    lines.insert(20, b"\n")
    whole = [line for line in lines if line.strip()]
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"".join(lines))
    other.write_bytes(b"first\nlast, and torn")
    with one.open("rb") as first, other.open("rb") as second:
        assert last_lines(first, count) == whole[-count:]
        expected = [*whole, b"first\n", b"last, and torn"]
        assert last_of_all([first, second], count) == expected[-count:]
        assert last_lines(second, 0) == []
