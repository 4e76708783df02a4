"""What an operator reads of the journal."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clickpipes_mcp.cli.program import program
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.journal import Journal

PIPE = "33333333-3333-4333-8333-333333333333"
NEVER = "1999-01-01"


def run(*arguments: object, **environ: str) -> Result:
    unset = {name: None for name in os.environ if name.startswith("CLICKPIPES_")}
    return CliRunner().invoke(
        program, ["journal", *map(str, arguments)], env=unset | environ, prog_name="clickpipes-mcp"
    )


@pytest.fixture
def path(tmp_path) -> Path:
    """A journal of three writes in several files."""
    path, clock = tmp_path / "journal.jsonl", ManualClock()
    journal = Journal(path, clock, most_bytes=900)
    made = journal.intent(tool="create_kafka_clickpipe", operation="create", name="orders")
    journal.outcome(made, "done", clickpipe_id=PIPE)
    clock.advance(3600)
    scaled = journal.intent(
        tool="scale_clickpipe",
        operation="scale",
        clickpipe_id=PIPE,
        name="orders",
        before={"name": "orders", "scaling": {"replicas": 2}},
    )
    journal.outcome(scaled, "refused_by_api")
    journal.intent(
        tool="delete_clickpipe", operation="delete", name="events", consent="asked", principal="ann"
    )
    assert path.with_name("journal.jsonl.1").exists()
    return path


def test_an_untouched_journal_is_intact(path) -> None:
    done = run("verify", path)
    assert (done.exit_code, done.output) == (
        0,
        "Intact: 5 lines, each follows from the one before.\n",
    )
    report = json.loads(run("verify", path, "--json").output)
    assert (report["ok"], report["lines"], report["broken"]) == (True, 5, None)


def test_the_first_line_that_does_not_follow_is_named_with_its_file(path) -> None:
    text = path.read_text()
    path.write_text(text.replace("events", "eventz"))
    assert run("verify", path).exit_code == 0  # the very last line: nothing holds its digest yet
    first = path.with_name("journal.jsonl.1")
    first.write_text(first.read_text().replace('"orders"', '"others"'))

    done = run("verify", path)

    assert done.exit_code == 1
    assert done.output.startswith("BROKEN at line 2 of ")
    report = json.loads(run("verify", path, "--json").output)
    assert (report["ok"], report["broken"]["line"]) == (False, 2)
    assert report["broken"]["file"] == str(first)


def test_what_else_is_to_be_known_of_the_chain_is_told(tmp_path) -> None:
    path = tmp_path / "journal"
    path.write_text('{"an": "old line"}\n')
    assert "all written by an older version" in run("verify", path).output
    journal = Journal(path, ManualClock())
    journal.intent(tool="t", operation="scale")
    with path.open("a") as file:
        file.write('{"torn\n{"an": "old line"}\n')
    told = run("verify", path).output
    assert "begins at line 2" in told
    assert "as a crash leaves them: 1" in told
    assert "nothing of the one before: 1" in told
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    assert "no longer kept" in run("verify", path).output


def test_every_write_is_a_row_with_its_end(path) -> None:
    rows = run("show", path, COLUMNS="200").output.splitlines()[1:]
    assert len(rows) == 3
    assert "create" in rows[0]
    assert rows[0].rstrip().endswith("done")
    assert rows[1].rstrip().endswith("refused_by_api")
    assert PIPE in rows[1]
    assert "asked" in rows[2]
    assert "ann" in rows[2]
    assert rows[2].rstrip().endswith("not known")


def test_rows_are_picked_by_pipe_and_by_time_and_counted_from_the_end(path) -> None:
    def shown(*options: str) -> list[str]:
        lines = run("show", path, "--json", *options).output.splitlines()
        return [json.loads(line)["operation"] for line in lines]

    assert shown() == ["create", "scale", "delete"]
    assert shown("--pipe", "orders") == ["create", "scale"]
    assert shown("--pipe", PIPE) == ["create", "scale"]
    assert shown("--pipe", "order") == []
    assert shown("--last", "1") == ["delete"]
    later = ManualClock().now() + timedelta(seconds=1800)
    assert shown("--since", later.isoformat()) == ["scale", "delete"]
    assert shown("--since", NEVER) == ["create", "scale", "delete"]
    long_ago = (datetime.now(UTC) - ManualClock().now()).days + 1
    assert shown("--since", f"{max(long_ago, 1)}d") == ["create", "scale", "delete"]


def test_the_facts_of_a_write_are_those_of_both_its_lines(path) -> None:
    created, scaled, _ = map(json.loads, run("show", path, "--json").output.splitlines())
    assert (created["outcome"], created["clickpipe_id"]) == ("done", PIPE)
    assert scaled["before"] == {"name": "orders", "scaling": {"replicas": 2}}


def test_what_a_hand_wrote_into_it_does_not_reach_the_terminal(path) -> None:
    text = path.read_text()
    path.write_text(text.replace("events", "ev\\u001b[31ments\\u202e"))
    assert "\x1b" not in run("show", path).output
    assert "\u202e" not in run("show", path).output


@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_journal_that_is_not_there_is_told(command, tmp_path) -> None:
    missing = run(command, CLICKPIPES_JOURNAL=str(tmp_path / "none"))
    assert missing.exit_code == 2
    assert "no journal at" in missing.output
    assert "No journal is kept" in run(command, CLICKPIPES_JOURNAL="off").output
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").touch()
    assert run(command, tmp_path / "link").exit_code == 2


def test_the_configured_journal_is_the_one_that_is_meant(path) -> None:
    assert run("verify", CLICKPIPES_JOURNAL=str(path)).output.startswith("Intact")
    assert "No write" in run("show", "--pipe", "none", CLICKPIPES_JOURNAL=str(path)).output


@pytest.mark.parametrize("when", ["soon", "5y", "99999999999d", ""])
def test_a_time_that_is_none_is_refused_with_those_that_are(path, when) -> None:
    done = run("show", path, "--since", when or " ")
    assert done.exit_code == 2
    assert "90m, 24h, 7d, 2w" in done.output
