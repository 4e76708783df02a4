"""The command with which an assistant starts this server."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAME: Final = "clickpipes-mcp"
_PASSING: Final = ("archive-v0", "ephemeral", "builds-v0")
"""Directories in which `uvx` keeps what it may throw away again."""


@dataclass(frozen=True)
class ServerCommand:
    """A program by its full path, or by a name on the client's PATH, and its arguments."""

    program: str
    arguments: tuple[str, ...] = ()

    def having(self, options: tuple[str, ...]) -> "ServerCommand":
        """The same with options of this server behind it."""
        return ServerCommand(self.program, (*self.arguments, *options))


def server_command(argv0: str | None = None, prefix: str | None = None) -> ServerCommand:
    """The one that starts what is running now; `uvx` where it was run from there."""
    root, started = Path(prefix or sys.prefix), Path(argv0 or sys.argv[0])
    if any(part in _PASSING for part in root.parts):
        return ServerCommand("uvx", (NAME,))
    suffix = ".exe" if sys.platform == "win32" else ""
    beside = root / ("Scripts" if suffix else "bin") / f"{NAME}{suffix}"
    if beside.is_file():
        return ServerCommand(str(beside))
    if started.stem == NAME and started.is_file():
        return ServerCommand(str(started.absolute()))
    return ServerCommand(sys.executable, ("-m", "clickpipes_mcp"))
