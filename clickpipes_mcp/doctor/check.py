"""What was looked at, how it is, and what to do about it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from clickpipes_mcp.cloud.answers import PERMISSION
from clickpipes_mcp.errors import ClickPipesError, NotAuthorized
from clickpipes_mcp.private_file import open_private

Status: TypeAlias = Literal["ok", "warn", "fail"]

_OTHERS_MAY: Final = 0o077


@dataclass(frozen=True)
class Check:
    """One line. `mend` does what `fix` says, where that is safe, and says what it did."""

    name: str
    status: Status
    found: str
    fix: str = ""
    mend: Callable[[], str] | None = field(default=None, compare=False, repr=False)


def failed(name: str, error: ClickPipesError) -> Check:
    """What an error says, with its remedy."""
    fix = error.fix
    if isinstance(error, NotAuthorized):
        fix = fix or f"Use a key with the permission {PERMISSION}."
    return Check(name, "fail", error.message, fix)


def private(name: str, path: Path, found: str) -> Check:
    """Whether a file or directory is for its owner alone; Windows tells no users apart."""
    if os.name != "posix" or not path.stat().st_mode & _OTHERS_MAY:
        return Check(name, "ok", found)
    mode = 0o700 if path.is_dir() else 0o600
    fix = f"chmod {mode:o} {path}"
    told = f"{path} is open to other users of this machine"
    return Check(name, "warn", told, fix, lambda: close_to_others(path, mode, fix))


def close_to_others(path: Path, mode: int, told: str) -> str:
    """Change the mode of this user's own file or directory, and never of what a link leads to.

    Raises:
        OSError: It is something else, or belongs to somebody else.
    """
    if path.is_dir():
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    else:
        descriptor = open_private(path, os.O_RDONLY)
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
    return told
