"""The file of connections: where it stands, and its tables as they are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_files import usual_directory
from clickpipes_mcp.settings.model import Settings

FILE_NAME: Final = "connections.toml"

_MOST_CONNECTIONS: Final = 20
_MAX_BYTES: Final = 256 * 1024
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PLACE: Final = re.compile(r"at line \d+")


@dataclass(frozen=True)
class ConnectionsFile:
    """What the file says: its tables by name, and which of them is the default."""

    path: Path
    default: str | None
    tables: Mapping[str, Mapping[str, object]]


def usual_connections_file() -> Path:
    """Where the file stands unless the operator says otherwise; it may not exist yet."""
    return usual_directory().parent / FILE_NAME


def find_connections(base: Settings) -> Path | None:
    """The file to read; the usual one where there is one and the environment leaves it to that.

    Raises:
        InvalidSettings: The environment has a key besides the file it names.
    """
    if base.connections == "off":
        return None
    has_key = base.key_id is not None
    if base.connections is not None:
        if has_key:
            clash = (
                "There is an API key in the environment and a file of connections in "
                "CLICKPIPES_CONNECTIONS: a key belongs into that file, by the place where it is "
                "kept."
            )
            raise unusable([clash])
        return Path(base.connections).expanduser()
    if has_key or base.simulator is not None:
        return None
    usual = usual_connections_file()
    return usual if usual.is_file() else None


def read_connections(path: Path) -> ConnectionsFile:
    """The tables of a file, with nothing but names checked.

    Raises:
        InvalidSettings: It cannot be read, or is no file of connections.
    """
    import tomllib  # start-up time

    try:
        with path.open("rb") as opened:
            text = opened.read(_MAX_BYTES + 1)
        if len(text) > _MAX_BYTES:
            raise unusable([f"{path} is larger than 256 KiB."])
        content = tomllib.loads(text.decode("utf-8-sig"))
    except OSError as error:
        raise unusable([f"{path} cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise unusable([f"{path} is not text in UTF-8."]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = _PLACE.search(str(error))
        raise unusable([f"{path} is no TOML{f' {where[0]}' if where else ''}."]) from None
    default = content.pop("default", None)
    problems = [] if default is None or isinstance(default, str) else ["default is a name."]
    for name, table in content.items():
        if not isinstance(table, dict):
            problems.append(f"{clean(name, limit=40)} is no table; a connection reads [name].")
        elif not _NAME.fullmatch(name):
            problems.append(
                f"[{clean(name, limit=40)}] is no name: up to 32 of a-z, 0-9, - and _, no other."
            )
    if not 0 < len(content) <= _MOST_CONNECTIONS:
        problems.append(f"It has to hold 1 to {_MOST_CONNECTIONS} connections, each as [name].")
    if problems:
        raise unusable([f"{path}:", *problems])
    return ConnectionsFile(path, default, content)


def unusable(problems: list[str]) -> InvalidSettings:
    """The error that tells what is wrong with the connections."""
    return InvalidSettings(
        "The connections cannot be used. " + " ".join(problems),
        fix="The operator corrects the file of connections and restarts this server.",
    )
