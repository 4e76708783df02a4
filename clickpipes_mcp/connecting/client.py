"""What is known of an assistant: where its file stands, and what an entry of it looks like."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from clickpipes_mcp.connecting.command import ServerCommand

Scope: TypeAlias = Literal["user", "project"]
Syntax: TypeAlias = Literal["json", "toml", "yaml"]
Entry: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class Platform:
    """Where programs keep their files: `system` as `sys.platform` calls it."""

    system: str
    home: Path
    project: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        """The directory in which desktop programs keep theirs."""
        if self.system == "darwin":
            return self.home / "Library" / "Application Support"
        if self.system == "win32":
            roaming = self.environ.get("APPDATA")
            return Path(roaming) if roaming else self.home / "AppData" / "Roaming"
        configured = self.environ.get("XDG_CONFIG_HOME")
        return Path(configured) if configured else self.home / ".config"

    @property
    def dot_config(self) -> Path:
        """The directory of programs that use `~/.config` on macOS too."""
        return self.settings if self.system == "win32" else self.home / ".config"


def this_platform() -> Platform:
    """The machine this runs on, and the directory it was started in."""
    return Platform(sys.platform, Path.home(), Path.cwd(), os.environ)


def standard_entry(command: ServerCommand) -> Entry:
    """What most clients take: a command and its arguments."""
    return {"command": command.program, "args": list(command.arguments)}


@dataclass(frozen=True)
class Client:
    """An assistant.

    `user` and `project` find its file; `below` is the path to the object that holds the servers,
    and `entry` what stands there. `first` is what a person does before the server shows.
    """

    key: str
    title: str
    user: Callable[[Platform], Path]
    below: tuple[str, ...]
    documentation: str
    first: str
    project: Callable[[Platform], Path] | None = None
    entry: Callable[[ServerCommand], Entry] = standard_entry
    syntax: Syntax = "json"

    def file(self, platform: Platform, scope: Scope) -> Path | None:
        """Its file; None where it has none of that scope."""
        find = self.user if scope == "user" else self.project
        return None if find is None else find(platform)

    def is_there(self, platform: Platform) -> bool:
        """Whether it seems to be installed: its file or the directory around it exists."""
        file = self.user(platform)
        return file.exists() or (file.parent != platform.home and file.parent.is_dir())
