"""Reading a secret file inside one directory, wherever its name or a link would lead.

Every step is taken from the opened directory before it, so that nobody can put a link in the way
between the look and the opening. Links that stay inside are followed, as Kubernetes mounts secrets
through them. Windows opens no directories: there the whole path is looked at first and opened then,
and whoever may write to the secrets directory could change it in between.
"""

import errno
import os
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final

from clickpipes_mcp.errors import SecretUnavailable

MAX_BYTES: Final = 1024 * 1024
_MOST_LINKS: Final = 40
"""Source: what Linux follows in one path."""

_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_CAN_WALK: Final = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd


def usual_directory() -> Path:
    """Where secret files stand unless the operator says otherwise; it may not exist yet."""
    from platformdirs import user_config_path  # start-up time

    return user_config_path("clickpipes-mcp") / "secrets"


def read_secret_file(directory: Path, name: str) -> str:
    """The text of a file.

    Raises:
        SecretUnavailable: It cannot be read, is no regular file with one name, or lies elsewhere.
    """
    try:
        descriptor = _walk(directory, name) if _CAN_WALK else _resolve(directory, name)
        with os.fdopen(descriptor, encoding="utf-8-sig") as file:
            found = os.fstat(descriptor)
            if not S_ISREG(found.st_mode):
                raise _no_file(name)
            if found.st_nlink != 1:
                raise SecretUnavailable(
                    f"The secret file {name} has a second name, perhaps outside the directory.",
                    fix="The operator puts a copy there in the place of the hard link.",
                )
            text = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SecretUnavailable(
            f"The secret file {name} cannot be read: there is none.",
            fix=f"Tell the person: put the value into a file named {name} in {directory}. The "
            "server needs no restart.",
        ) from error
    # ValueError: a name or content in no encoding; RuntimeError: links in a circle.
    except (OSError, ValueError, RuntimeError) as error:
        raise SecretUnavailable(
            f"The secret file {name} cannot be read.",
            fix=f"Tell the person: the file {name} in {directory} has to be readable for this "
            "server, and text in UTF-8.",
        ) from error
    if len(text) > MAX_BYTES:
        raise SecretUnavailable(f"The secret file {name} is larger than 1 MiB.")
    return text


def _walk(root: Path, name: str) -> int:
    """The opened file."""
    steps, links = list(reversed(PurePosixPath(name).parts)), 0
    with ExitStack() as opened:
        within = [_opened(opened, root)]
        while steps:
            step = steps.pop()
            if step == "/" or (step == ".." and len(within) == 1):
                raise _leads_out(name)
            if step == "..":
                within.pop()
                continue
            mode = os.stat(step, dir_fd=within[-1], follow_symlinks=False).st_mode
            if S_ISLNK(mode):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                target = PurePosixPath(os.readlink(step, dir_fd=within[-1]))
                steps.extend(reversed(target.parts))
            elif S_ISDIR(mode):
                within.append(_opened(opened, Path(step), within[-1]))
            elif steps or not S_ISREG(mode):
                raise _no_file(name)
            else:
                return os.open(step, _READ, dir_fd=within[-1])
        raise _leads_out(name) if len(within) == 1 else _no_file(name)


def _opened(opened: ExitStack, directory: Path, within: int | None = None) -> int:
    """A directory, opened until the end of the walk; the first one may be a link itself."""
    flags = os.O_RDONLY | os.O_DIRECTORY | (0 if within is None else os.O_NOFOLLOW)
    descriptor = os.open(directory, flags, dir_fd=within)
    opened.callback(os.close, descriptor)
    return descriptor


def _resolve(directory: Path, name: str) -> int:
    """The opened file, where directories cannot be opened."""
    root = directory.resolve()
    path = (root / name).resolve()
    if root not in path.parents:
        raise _leads_out(name)
    if not S_ISREG(path.stat().st_mode):
        raise _no_file(name)
    return os.open(path, _READ)


def _leads_out(name: str) -> SecretUnavailable:
    return SecretUnavailable(
        f"${{file:{name}}} leads out of the secrets directory.",
        fix="Name a file inside it; absolute paths, links and '..' that lead out are refused.",
    )


def _no_file(name: str) -> SecretUnavailable:
    return SecretUnavailable(
        f"The secret file {name} is not a regular file.",
        fix="The operator puts a readable text file of that name there.",
    )
