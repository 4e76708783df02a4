"""Where the journal is kept when the operator does not say."""

import errno
import os
import sys
from pathlib import Path

import pytest

from clickpipes_mcp.journal_file import journal_file
from clickpipes_mcp.private_file import can_be_written
from clickpipes_mcp.settings import load_settings
from tests.faults.processes import ServedProcess, SimulatedApi
from tests.serving import KAFKA, SERVICE

KEY = {"key_id": "example-access-key", "key_secret": "example-access-secret"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")


@pytest.fixture
def state(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_what_is_done_to_real_pipes_is_recorded_unless_the_operator_says_otherwise(state):
    usual = state / "clickpipes-mcp" / "journal.jsonl"
    assert journal_file(load_settings({}, **KEY)) == usual
    assert journal_file(load_settings({}, journal="off", **KEY)) is None
    assert journal_file(load_settings({}, journal=str(state / "own"), **KEY)) == state / "own"
    assert not state.exists()


def test_the_simulator_needs_no_journal(state):
    assert journal_file(load_settings({})) is None
    assert journal_file(load_settings({}, journal=str(state))) == state


def test_the_usual_place_is_left_out_where_it_cannot_be_written(state):
    state.write_text("a file where the directory would be")
    assert journal_file(load_settings({}, **KEY)) is None


@pytest.mark.parametrize("name", ["new", "deep/er/new"])
def test_a_file_that_is_not_there_yet_can_be_written(tmp_path, name):
    assert can_be_written(tmp_path / name)
    assert not can_be_written(tmp_path)


def test_what_is_no_file_of_ours_cannot_be_written(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "loose").symlink_to(tmp_path / "nothing")
    names = ("file", "pipe", "link", "loose")
    assert [can_be_written(tmp_path / name) for name in names] == [True, False, False, False]


def test_a_file_in_a_directory_that_cannot_be_searched_cannot_be_written(tmp_path, monkeypatch):
    def refuse(path, *_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)

    assert not can_be_written(tmp_path / "new")


@pytest.mark.slow
def test_a_served_process_keeps_it_by_default(state):
    with (
        SimulatedApi() as api,
        ServedProcess(api.url, XDG_STATE_HOME=str(state), CLICKPIPES_JOURNAL="") as server,
    ):
        server.call("create_kafka_clickpipe", {"service": SERVICE, **KAFKA})
    lines = (state / "clickpipes-mcp" / "journal.jsonl").read_text().splitlines()
    assert len(lines) == 2
