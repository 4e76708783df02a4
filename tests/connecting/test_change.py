"""Every assistant's file: put in, shown, kept beside, taken out, left alone where it must be."""

import os
import stat
from pathlib import Path

import pytest

from clickpipes_mcp.connecting import (
    CLIENTS,
    NotEditable,
    Platform,
    ServerCommand,
    client_called,
    plan,
)

COMMAND = ServerCommand("/opt/venv/bin/clickpipes-mcp")
CODEX = '# mine\nmodel = "o"\n\n[mcp_servers.other]\ncommand = "x" # keep\n'
GOOSE = "# mine\nextensions:\n  other:\n    cmd: 'x'  # keep\nGOOSE_MODEL: o\n"
JSON = '{\n  // mine\n  "other": {"a": [1, 2]}\n}\n'
HELD = {"json": JSON, "toml": CODEX, "yaml": GOOSE}
BROKEN = {"json": "{", "toml": "a = = 1", "yaml": "a: [1"}


@pytest.fixture
def platform(tmp_path) -> Platform:
    return Platform("linux", tmp_path / "home", tmp_path / "project")


def written(path: Path, text: str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.key)


@every_client
@pytest.mark.parametrize("scope", ["user", "project"])
def test_a_missing_file_is_made_and_only_its_user_may_read_it(client, platform, scope) -> None:
    path = client.file(platform, scope)
    if path is None:
        assert scope == "project"
        return

    plan(client, path, "clickpipes", client.entry(COMMAND)).carry_out()

    assert COMMAND.program in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not plan(client, path, "clickpipes", client.entry(COMMAND)).is_needed


@every_client
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_what_stands_in_a_file_stays_and_a_copy_is_kept(client, platform, ending, mark) -> None:
    before = mark + HELD[client.syntax].replace("\n", ending)
    path = written(client.file(platform, "user"), before, 0o640)

    change = plan(client, path, "clickpipes", client.entry(COMMAND))
    change.carry_out()

    after = path.read_bytes().decode()
    assert after.startswith(mark + before.removeprefix(mark)[:6])
    assert set(before.splitlines()) - set(after.splitlines()) <= {'  "other": {"a": [1, 2]}'}
    assert ("\r\n" in after) == (ending == "\r\n")
    assert after.count("\n") == after.count(ending)
    assert change.backup.read_bytes().decode() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert any(line.startswith("+") and COMMAND.program in line for line in change.diff())
    plan(client, path, "clickpipes", None).carry_out()
    assert COMMAND.program not in path.read_text()
    assert "keep" in path.read_text() or client.syntax == "json"


@every_client
def test_a_broken_file_is_left_alone_and_named(client, platform) -> None:
    path = written(client.file(platform, "user"), BROKEN[client.syntax])

    for entry in (client.entry(COMMAND), None):
        with pytest.raises(NotEditable, match=path.name):
            plan(client, path, "clickpipes", entry)

    assert path.read_text() == BROKEN[client.syntax]


@every_client
def test_servers_that_are_no_table_are_left_alone(client, platform) -> None:
    key = client.below[0]
    texts = {"json": f'{{"{key}": 1}}', "toml": f"{key} = 1", "yaml": f"{key}: 1"}
    path = written(client.file(platform, "user"), texts[client.syntax])

    with pytest.raises(NotEditable, match="servers are listed"):
        plan(client, path, "clickpipes", client.entry(COMMAND))


@every_client
def test_taking_out_of_nothing_changes_nothing(client, platform) -> None:
    path = client.file(platform, "user")

    assert not plan(client, path, "clickpipes", None).is_needed
    written(path, HELD[client.syntax])
    assert not plan(client, path, "clickpipes", None).is_needed


def test_a_file_that_may_not_be_written_stays(platform, monkeypatch) -> None:
    client = CLIENTS[0]
    path = written(client.file(platform, "user"), JSON, 0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)  # which root is always told otherwise

    with pytest.raises(NotEditable, match="may not be written"):
        plan(client, path, "clickpipes", client.entry(COMMAND)).carry_out()

    assert path.read_text() == JSON


def test_a_link_stays_a_link_and_other_files_are_refused(platform, tmp_path) -> None:
    client = CLIENTS[0]
    real = written(tmp_path / "dotfiles" / "claude.json", JSON)
    path = client.file(platform, "user")
    path.parent.mkdir(parents=True)
    path.symlink_to(real)

    plan(client, path, "clickpipes", client.entry(COMMAND)).carry_out()

    assert path.is_symlink()
    assert COMMAND.program in real.read_text()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for bad in (tmp_path / "bytes", tmp_path):
        with pytest.raises(NotEditable):
            plan(client, bad, "clickpipes", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotEditable, match="cannot be"):
        plan(client, tmp_path / "file" / "below.json", "clickpipes", {"command": "x"})


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_files_stand_where_the_assistants_document(tmp_path, system) -> None:
    roaming = {"APPDATA": str(tmp_path / "Roaming")} if system == "win32" else {}
    platform = Platform(system, tmp_path, tmp_path, roaming)

    found = {one.key: one.user(platform).relative_to(tmp_path).as_posix() for one in CLIENTS}

    settings = {"linux": ".config", "darwin": "Library/Application Support", "win32": "Roaming"}
    assert found["claude-desktop"] == f"{settings[system]}/Claude/claude_desktop_config.json"
    assert found["vscode"] == f"{settings[system]}/Code/User/mcp.json"
    assert (
        found["zed"] == ("Roaming/Zed" if system == "win32" else ".config/zed") + "/settings.json"
    )
    assert found["claude-code"] == ".claude.json"
    assert found["codex"] == ".codex/config.toml"


def test_an_assistant_is_found_by_its_name_and_by_its_files(platform) -> None:
    assert client_called("Claude_Code") is CLIENTS[0]
    assert client_called("emacs") is None
    assert not any(one.is_there(platform) for one in CLIENTS)
    (platform.home / ".cursor").mkdir(parents=True)
    written(platform.home / ".claude.json", "{}")
    assert [one.key for one in CLIENTS if one.is_there(platform)] == ["claude-code", "cursor"]
