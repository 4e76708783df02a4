"""`clickpipes-mcp connect`: one line, and the server is in the assistant."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.test_commands import run_here

SECRET = "invented-half"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, typed: str = ""):
    return run_here("connect", *arguments, stdin=typed)


def test_one_line_puts_it_in_and_says_what_to_type_first(home) -> None:
    done = run("cursor")

    held = json.loads((home / ".cursor" / "mcp.json").read_text())
    assert done.exit_code == 0, done.output
    assert held["mcpServers"]["clickpipes"]["command"].endswith("clickpipes-mcp")
    assert "Then type: List my ClickPipes" in done.output
    assert "nothing to change" in run("cursor").output


def test_a_dry_run_shows_the_change_and_makes_none(home) -> None:
    done = run("codex", "--dry-run")

    assert "+[mcp_servers.clickpipes]" in done.output
    assert not (home / ".codex").exists()


def test_only_a_change_that_was_made_says_where_the_file_before_is_kept(home) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text("{}")

    assert "is kept" not in run("cursor", "--dry-run").output
    assert list(file.parent.iterdir()) == [file]
    assert "is kept" in run("cursor").output
    assert len(list(file.parent.iterdir())) == 2


def test_it_can_be_taken_out_again_and_asks_for_nothing(home) -> None:
    run("cursor", "--name", "pipes")

    done = run("cursor", "--remove", "--name", "pipes")

    assert "key" not in done.output
    assert "pipes" not in (home / ".cursor" / "mcp.json").read_text()
    assert "is not in" in run("cursor", "--remove", "--name", "pipes").output


def test_a_project_has_a_file_of_its_own(home) -> None:
    assert run("vscode", "--project").exit_code == 0
    assert "servers" in json.loads((home / ".vscode" / "mcp.json").read_text())
    refused = run("windsurf", "--project")
    assert refused.exit_code == 2
    assert "no configuration for a single project" in refused.output


def test_without_a_name_those_that_are_installed_are_offered(home) -> None:
    assert "No assistant was found" in run().output
    (home / ".codex").mkdir()
    (home / ".cursor").mkdir()

    assert "Name the one to connect" in run().output

    done = run(typed="2\n")

    assert "1. Cursor" in done.output
    assert (home / ".codex" / "config.toml").exists()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("name", "near"), [("cursr", "cursor"), ("emacs", "")])
def test_an_unknown_name_is_answered_with_the_known_ones(name, near) -> None:
    done = run(name)

    assert done.exit_code == 2
    assert "claude-code" in done.output
    assert (f"Did you mean {near}?" in done.output) == bool(near)


def test_a_broken_file_is_left_alone(home) -> None:
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").write_text("{")

    done = run("cursor")

    assert done.exit_code == 2
    assert "Nothing was changed." in done.output
    assert (home / ".cursor" / "mcp.json").read_text() == "{"


def test_the_key_is_asked_for_once_and_its_secret_goes_into_the_keyring(home, ring) -> None:
    done = run("cursor", typed=f"y\nthe-id\n{SECRET}\n")

    file = home / ".config" / "clickpipes-mcp" / "connections.toml"
    assert done.exit_code == 0, done.output
    assert tomllib.loads(file.read_text()) == {
        "default": {"key_id": "the-id", "key_secret": "keyring:the-id"}
    }
    assert SECRET in ring.held.values()
    assert not any(SECRET in path.read_text() for path in home.rglob("*") if path.is_file())
    assert SECRET not in done.output
    assert "Add a key" not in run("codex").output


def test_without_a_keyring_a_file_is_named(home, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    done = run("cursor", typed=f"y\nthe-id\n{SECRET}\n~/secret\n")

    file = home / ".config" / "clickpipes-mcp" / "connections.toml"
    assert done.exit_code == 0, done.output
    assert tomllib.loads(file.read_text())["default"]["key_secret"] == f"file:{home}/secret"
