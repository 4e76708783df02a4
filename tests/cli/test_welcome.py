"""What happens where the program is typed into a terminal, and where its input is closed."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from clickpipes_mcp.cli.program import program
from clickpipes_mcp.cli.welcome import program_as_typed
from clickpipes_mcp.connecting import server_command
from tests.cli.test_commands import process_as_it_was


@pytest.fixture(params=["a terminal", "closed"])
def no_client(request, monkeypatch):
    """A standard input at which no client can be, and nothing is set."""
    for name in [name for name in os.environ if name.startswith("CLICKPIPES_")]:
        monkeypatch.delenv(name)
    if request.param == "closed":
        monkeypatch.setattr(sys, "stdin", None)
        yield
        return
    if not hasattr(os, "openpty"):
        pytest.skip("there are no such terminals")
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield
    os.close(ours)


@pytest.mark.usefixtures("no_client")
@pytest.mark.parametrize("arguments", [[], ["serve", "--read-only"]])
def test_where_no_client_can_be_it_says_what_to_type_and_ends(arguments, capsys):
    with process_as_it_was(), pytest.raises(SystemExit) as ended:
        program.main(arguments)
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert "is an MCP server" in told.err
    for command in ("demo", "connect", "doctor", "--help"):
        assert f"{program_as_typed()} {command} " in told.err
    shown = told.err.replace(program_as_typed(), ".venv/bin/clickpipes-mcp")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.usefixtures("no_client")
def test_an_option_that_cannot_be_used_is_explained_there_too(capsys):
    with process_as_it_was(), pytest.raises(SystemExit) as ended:
        program.main(["serve", "--consent", "maybe"])
    assert ended.value.code == 2
    assert "consent must be" in capsys.readouterr().err


def test_the_program_is_named_as_the_shell_finds_it(monkeypatch, tmp_path):
    command = server_command()
    path = Path(command.program)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(path.parent))
    assert program_as_typed() == shlex.join([path.name, *command.arguments])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program_as_typed() == shlex.join([str(path), *command.arguments])
    monkeypatch.chdir(path.parent.parent)
    beside = str(path.relative_to(path.parent.parent))
    assert program_as_typed() == shlex.join([beside, *command.arguments])
