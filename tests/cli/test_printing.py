"""Printing on terminals that know few characters."""

import io
import json
import subprocess
import sys

import pytest
from rich.console import Console

from clickpipes_mcp.cli.printing import hung, print_json, print_whatever_comes
from clickpipes_mcp.diagnosis import ADVICE, RULES
from tests.cli.test_commands import PROGRAM, environment

CODE_PAGES = ["cp437", "cp1252", "cp850", "ascii"]


def terminal(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def shown(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_what_a_terminal_does_not_know_is_written_plainly(encoding) -> None:
    stream = terminal(encoding)
    print_whatever_comes(stream)

    print("→ “this” and that… ✔ 漢", file=stream)

    text = shown(stream).replace("“", '"').replace("”", '"').replace("…", "...")
    assert text == '-> "this" and that... + ?\n'


def test_a_terminal_breaks_no_word_and_a_file_gets_one_line(monkeypatch) -> None:
    told = "The pipes are kept in /home/somebody/.local/state/clickpipes-mcp/world.json"
    monkeypatch.setenv("COLUMNS", "60")
    as_file = hung(told, 25)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    first, *others = hung(told, 25).splitlines()

    assert as_file == told
    assert others
    assert len(first) <= 35
    assert all(line.startswith(" " * 25) for line in others)
    assert [*first.split(), *" ".join(others).split()] == told.split()


def test_utf_8_is_left_as_it_is() -> None:
    stream = terminal("utf-8")
    print_whatever_comes(stream)

    print("→ “this”", file=stream)

    assert shown(stream) == "→ “this”\n"


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_every_text_of_this_package_can_be_printed(encoding) -> None:
    stream = terminal(encoding)
    print_whatever_comes(stream)
    console = Console(file=stream, width=80)

    for entry in (*RULES, *ADVICE):
        console.print(f"{entry.title} {entry.cause}")
    console.rule("“1” → 2")

    assert "->" in shown(stream)


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_json_stays_json(monkeypatch, encoding) -> None:
    stream = terminal(encoding)
    print_whatever_comes(stream)
    monkeypatch.setattr(sys, "stdout", stream)

    print_json({"said": "“→”"})

    assert json.loads(shown(stream)) == {"said": "“→”"}


@pytest.mark.slow
def test_the_program_prints_on_a_code_page_of_windows() -> None:
    done = subprocess.run(
        [*PROGRAM, "doctor"],
        env=environment(PYTHONIOENCODING="cp437", PYTHONUTF8="0", CLICKPIPES_JOURNAL="off"),
        capture_output=True,
        check=False,
    )

    assert b"UnicodeEncodeError" not in done.stderr
    assert b"-> To act on ClickHouse Cloud" in done.stdout
