"""What a file of an assistant would become, and putting it there."""

import difflib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickpipes_mcp.connecting import json_text, toml_text, yaml_text
from clickpipes_mcp.connecting.client import Client, Entry
from clickpipes_mcp.connecting.text import NotEditable

BACKUP: Final = ".before-clickpipes"
_BOM: Final = "\ufeff"
_SYNTAXES: Final = {"json": json_text, "toml": toml_text, "yaml": yaml_text}


@dataclass(frozen=True)
class Change:
    """A file as it is and as it would be; `before` is None where there is none yet."""

    path: Path
    before: str | None
    after: str

    @property
    def is_needed(self) -> bool:
        return (self.before or "") != self.after

    @property
    def backup(self) -> Path:
        """Where the file goes that is replaced."""
        return self.path.with_name(self.path.name + BACKUP)

    def diff(self) -> Iterator[str]:
        """The lines that change, as a unified diff."""
        yield from difflib.unified_diff(
            (self.before or "").splitlines(),
            self.after.splitlines(),
            str(self.path),
            str(self.path),
            lineterm="",
        )

    def carry_out(self) -> None:
        """Write the file, whole or not at all, and keep the one before beside it.

        Raises:
            NotEditable: It cannot be written; it is as it was.
        """
        target = Path(os.path.realpath(self.path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.before is not None:
                if not os.access(target, os.W_OK):
                    raise NotEditable(f"{self.path} may not be written.")
                mode = stat.S_IMODE(target.stat().st_mode)
                _write(self.backup, self.before, mode)
            else:
                mode = 0o600
            _write(target, self.after, mode)
        except OSError as error:
            raise NotEditable(f"{self.path} cannot be written: {error.strerror}.") from error


def _write(path: Path, text: str, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def plan(client: Client, path: Path, name: str, entry: Entry | None) -> Change:
    """The change that puts a server of that name there; without an entry, that takes it out.

    Raises:
        NotEditable: The file cannot be read, or is not what the assistant documents.
    """
    before = _read(path)
    text = (before or "").removeprefix(_BOM)
    syntax, at = _SYNTAXES[client.syntax], (*client.below, name)
    try:
        after = syntax.without(text, at) if entry is None else syntax.having(text, at, entry)
    except NotEditable as error:
        raise NotEditable(f"{path} {error}") from error
    mark = _BOM if (before or "").startswith(_BOM) else ""
    return Change(path, before, mark + after)


def entry_in(client: Client, path: Path, name: str) -> object:
    """What stands in the file for a server of that name; None where nothing does.

    Raises:
        NotEditable: The file cannot be read, or is not what the assistant documents.
    """
    text = (_read(path) or "").removeprefix(_BOM)
    try:
        return _SYNTAXES[client.syntax].entry_at(text, (*client.below, name))
    except NotEditable as error:
        raise NotEditable(f"{path} {error}") from error


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotEditable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise NotEditable(f"{path} is not text in UTF-8.") from error
