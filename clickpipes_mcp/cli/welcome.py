"""What whoever typed the program's name into a terminal is told, in the place of a server."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from clickpipes_mcp import __version__

NOBODY_SPEAKS: Final = 2
"""The exit code of a server that was started where no client is."""

_FIRST_STEPS: Final = (
    ("demo", "see it on a simulator: seconds, no account"),
    ("connect", "write it into your assistant's configuration"),
    ("doctor", "check key, network, files; say what to mend"),
    ("--help", "everything else"),
)


def is_at_terminal() -> bool:
    """Whether no client can be there: the input is a terminal, or closed."""
    return sys.stdin is None or sys.stdin.isatty()


def show_first_steps(overrides: Mapping[str, str | bool | None]) -> None:
    """Say on standard error what this is, and what to type instead.

    Raises:
        InvalidSettings: The settings cannot be used.
    """
    from clickpipes_mcp.settings import connections, load_settings  # start-up time

    connections(load_settings(None, **overrides), os.environ)
    program = program_as_typed()
    lines = (
        f"clickpipes-mcp {__version__} is an MCP server for ClickPipes.",
        "An AI assistant starts it and speaks to it over standard input. In a terminal",
        "nobody does, so it ends here. Type instead:",
        "",
        *(f"  {program} {word:<8} {meaning}" for word, meaning in _FIRST_STEPS),
    )
    click.echo("\n".join(lines), err=True)


def program_as_typed() -> str:
    """The words that start this program from the shell that started it."""
    from clickpipes_mcp.connecting import server_command  # start-up time

    command = server_command()
    path = Path(command.program)
    name = path.name.removesuffix(".exe")
    found = shutil.which(name)
    if found is not None and Path(found) == path:
        program = name
    elif path.is_relative_to(Path.cwd()):
        program = str(path.relative_to(Path.cwd()))
    else:
        program = command.program
    return " ".join(shlex.quote(word) for word in (program, *command.arguments))
