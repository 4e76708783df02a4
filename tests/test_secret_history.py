"""Where secrets have gone, told by the journal of this process and of others."""

import json

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import OperatorError
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.secret_history import note_secret

PG = "env:CLICKPIPES_SECRET_PG"
KAFKA = "file:kafka password"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def sent(journal: Journal, reference: str, *hosts: str) -> None:
    journal.outcome(
        journal.intent(
            tool="create_postgres_clickpipe",
            operation="create",
            secrets=[note_secret(reference, host) for host in hosts],
        ),
        "done",
    )


def test_a_secret_went_where_it_was_announced_to_go(path):
    journal = Journal(path, ManualClock())
    assert journal.hosts_of(PG) == frozenset()
    sent(journal, PG, "db.example", "replica.example")
    sent(journal, KAFKA, "broker.example")
    assert journal.hosts_of(PG) == {"db.example", "replica.example"}
    assert journal.hosts_of(KAFKA) == {"broker.example"}
    assert journal.hosts_of("env:CLICKPIPES_SECRET_OTHER") == frozenset()


def test_what_other_processes_sent_before_or_since_is_known(path):
    sent(Journal(path, ManualClock()), PG, "one.example")
    journal = Journal(path, ManualClock())
    assert journal.hosts_of(PG) == {"one.example"}
    sent(Journal(path, ManualClock()), PG, "two.example")
    assert journal.hosts_of(PG) == {"one.example", "two.example"}


def test_without_a_file_this_process_knows_what_it_sent():
    journal = Journal(None, ManualClock())
    sent(journal, PG, "db.example")
    assert journal.hosts_of(PG) == {"db.example"}


def test_a_file_that_was_put_away_is_not_forgotten_and_the_new_one_is_read(path):
    journal = Journal(path, ManualClock())
    sent(journal, PG, "one.example")
    path.rename(path.with_suffix(".1"))
    sent(Journal(path, ManualClock()), PG, "two.example")
    assert journal.hosts_of(PG) == {"one.example", "two.example"}


def test_a_line_that_is_being_written_is_read_when_it_is_whole(path):
    sent(Journal(path, ManualClock()), PG, "one.example")
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    journal = Journal(path, ManualClock())
    assert journal.hosts_of(PG) == frozenset()
    path.write_bytes(whole)
    assert journal.hosts_of(PG) == {"one.example"}


@pytest.mark.parametrize("secrets", ["text", [5], [["a b"]], {"a": "b"}])
def test_what_is_no_list_of_texts_is_no_history(path, secrets):
    journal = Journal(path, ManualClock())
    sent(journal, PG, "one.example")
    line = json.loads(path.read_text().splitlines()[0])
    with path.open("a") as file:
        file.write(json.dumps(line | {"secrets": secrets}) + "\n")
    sent(journal, PG, "two.example")
    assert journal.hosts_of(PG) == {"one.example", "two.example"}


def test_a_host_with_blanks_is_no_other_reference(path):
    journal = Journal(path, ManualClock())
    sent(journal, PG, "evil.example env:CLICKPIPES_SECRET_OTHER")
    assert journal.hosts_of("env:CLICKPIPES_SECRET_OTHER") == frozenset()
    assert len(journal.hosts_of(PG)) == 1


def test_a_journal_that_cannot_be_read_hides_no_history(path):
    path.mkdir()
    with pytest.raises(OperatorError, match="cannot be read"):
        Journal(path, ManualClock()).hosts_of(PG)
