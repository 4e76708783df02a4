"""The file of connections: what is read, and what is refused before anything is made of it."""

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.settings.connections_file import find_connections, read_connections

TWO = 'default = "dev"\n[dev]\nsimulator = true\n[prod]\nsimulator = true\n'


def refused(path) -> str:
    with pytest.raises(InvalidSettings) as caught:
        read_connections(path)
    return str(caught.value)


def test_the_tables_are_read_in_their_order(tmp_path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(f"\ufeff# all of them\r\n{TWO}", encoding="utf-8")

    file = read_connections(path)

    assert file.default == "dev"
    assert list(file.tables) == ["dev", "prod"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[dev\n", "no TOML at line 1"),
        ("key = 1\n", "key is no table"),
        ("[Prod]\n", "[Prod] is no name"),
        ('["a b\u202e"]\n', "is no name"),
        ("default = 3\n[dev]\n", "default is a name"),
        ("", "1 to 20 connections"),
        ("".join(f"[c{number}]\n" for number in range(21)), "1 to 20 connections"),
        ("#" * 300_000, "larger than"),
    ],
)
def test_what_is_no_file_of_connections_is_refused(tmp_path, text, told) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(text, encoding="utf-8")

    assert told in refused(path)
    assert "\u202e" not in refused(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xff")

    assert "cannot be read" in refused(tmp_path / "none")
    assert "cannot be read" in refused(tmp_path)
    assert "UTF-8" in refused(tmp_path / "bytes")


KEY = {"CLICKPIPES_KEY_ID": "example", "CLICKPIPES_KEY_SECRET": "example"}


@pytest.mark.parametrize(
    ("environ", "is_read"),
    [
        ({}, True),
        (KEY, False),
        ({"CLICKPIPES_SIMULATOR": "true"}, False),
        ({"CLICKPIPES_CONNECTIONS": "off"}, False),
    ],
)
def test_the_usual_file_is_read_unless_the_environment_decides(
    tmp_path, monkeypatch, environ, is_read
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert find_connections(load_settings(environ)) is None
    usual = tmp_path / "clickpipes-mcp" / "connections.toml"
    usual.parent.mkdir()
    usual.write_text(TWO)

    assert find_connections(load_settings(environ)) == (usual if is_read else None)


def test_a_key_beside_a_file_that_was_named_is_refused(tmp_path) -> None:
    environ = KEY | {"CLICKPIPES_CONNECTIONS": str(tmp_path / "c.toml")}

    with pytest.raises(InvalidSettings, match="belongs into that file"):
        find_connections(load_settings(environ))
