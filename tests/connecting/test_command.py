"""The command that is written down is the one that starts what runs now."""

import sys

from clickpipes_mcp.connecting import server_command


def test_the_script_of_the_environment_is_named_in_full(tmp_path) -> None:
    script = tmp_path / "bin" / "clickpipes-mcp"
    script.parent.mkdir()
    script.touch()

    assert server_command("x", str(tmp_path)).program == str(script)
    elsewhere = tmp_path / "none"
    assert server_command(str(script), str(elsewhere)).program == str(script)


def test_what_uvx_may_throw_away_is_started_through_it(tmp_path) -> None:
    command = server_command("x", str(tmp_path / "uv" / "archive-v0" / "abc"))

    assert (command.program, command.arguments) == ("uvx", ("clickpipes-mcp",))


def test_without_a_script_the_module_is_run(tmp_path) -> None:
    command = server_command(str(tmp_path / "pytest"), str(tmp_path))

    assert (command.program, command.arguments) == (sys.executable, ("-m", "clickpipes_mcp"))
