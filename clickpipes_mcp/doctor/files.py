"""The files that this server reads and writes: secrets, bindings, proofs, the journal."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clickpipes_mcp import secret_keyring
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.consent import Passkey, Pin
from clickpipes_mcp.doctor.check import Check, close_to_others, failed, private
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.journal_chain import verify
from clickpipes_mcp.journal_file import journal_file
from clickpipes_mcp.journal_lines import JournalLines
from clickpipes_mcp.private_file import can_be_written
from clickpipes_mcp.secret_bindings import read_bindings
from clickpipes_mcp.secret_files import usual_directory
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.state_directory import state_directory

_MOST_NAMES: Final = 5


def check_files(settings: Settings) -> Iterator[Check]:
    """What stands in them, and who else can read it."""
    yield from _secrets(settings.secrets_dir or usual_directory())
    yield _keyring()
    if settings.secrets_bindings is not None:
        yield _bindings(settings.secrets_bindings)
    if settings.approval != "page":
        yield _proof(settings)
    yield from _journal(settings)


def _proof(settings: Settings) -> Check:
    if settings.approval == "pin":
        name, is_there = "approval PIN", Pin(state_directory(), SystemClock()).is_set
        mend = "clickpipes-mcp approve --set-pin"
    else:
        name, mend = "approval passkey", "clickpipes-mcp approve --enrol-passkey"
        try:
            is_there = Passkey.of(settings, state_directory()).is_enrolled
        except InvalidSettings as error:
            return failed(name, error)
    if is_there:
        return Check(name, "ok", "is there")
    return Check(name, "fail", "there is none, so nobody can agree to anything", mend)


def _secrets(directory: Path) -> Iterator[Check]:
    name = "secrets directory"
    if not directory.is_dir():
        yield Check(name, "ok", f"{directory}, which is not there yet", f"mkdir -m 700 {directory}")
    elif not os.access(directory, os.R_OK | os.X_OK):
        yield Check(name, "fail", f"{directory} cannot be read", f"chmod 700 {directory}")
    else:
        yield private(name, directory, str(directory))
        yield from _open_secrets(directory)


def _open_secrets(directory: Path) -> Iterator[Check]:
    """The files in it that other users could read, if they came into the directory."""
    files = [path for path in sorted(directory.iterdir()) if not path.is_symlink()]
    opened = [path for path in files if path.is_file() and private("", path, "").status != "ok"]
    if not opened:
        return
    names = ", ".join(path.name for path in opened[:_MOST_NAMES])
    more = f" and {len(opened) - _MOST_NAMES} more" if len(opened) > _MOST_NAMES else ""

    def mend() -> str:
        for path in opened:
            close_to_others(path, 0o600, "")
        return f"chmod 600 {names}{more}"

    fix = f"chmod 600 {directory}/*"
    yield Check("secret files", "warn", f"open to other users: {names}{more}", fix, mend)


def _keyring() -> Check:
    if secret_keyring.is_there():
        return Check("keyring", "ok", "can keep API keys and secrets")
    return Check(
        "keyring",
        "ok",
        "none that can keep a secret; files and variables can",
        "Where there is a desktop, install the extra: clickpipes-mcp[keyring].",
    )


def _bindings(file: Path) -> Check:
    try:
        bindings = read_bindings(file, [spec.key for spec in SOURCES])
    except InvalidSettings as error:
        return failed("secret bindings", error)
    return Check("secret bindings", "ok", f"{len(bindings.lines)} in {file}")


def _journal(settings: Settings) -> Iterator[Check]:
    path = journal_file(settings)
    if path is None and settings.store is None and settings.environment == "cloud":
        yield Check(
            "journal",
            "warn",
            "none is kept: a server that is killed while it creates a pipe forgets that it did",
            "Set CLICKPIPES_JOURNAL to a file that this user can write.",
        )
    elif path is not None and can_be_written(path):
        yield _chain(path, settings)
    elif path is not None:
        yield Check(
            "journal",
            "fail",
            f"{path} cannot be written, so no write would be sent",
            "Make it writable for this user, or set CLICKPIPES_JOURNAL to another file.",
        )


def _chain(path: Path, settings: Settings) -> Check:
    try:
        with JournalLines(path, 0, settings.journal_kept).open() as files:
            verdict = verify([(one.name, one) for one in files])
    except OSError as error:
        fix = "Make it readable for this user, or set CLICKPIPES_JOURNAL to another file."
        return Check("journal", "fail", f"{path} cannot be read: {error.strerror}", fix)
    if verdict.broken is None:
        return Check("journal", "ok", str(path))
    return Check(
        "journal",
        "warn",
        f"{path}: a line was changed, taken out or put in",
        "Find out who did it: clickpipes-mcp journal verify names the place.",
    )
