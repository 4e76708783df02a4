"""The assistants on this machine: whether their files start this server, and one that is there."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from clickpipes_mcp.connecting import (
    CLIENTS,
    Client,
    NotEditable,
    Scope,
    ServerCommand,
    entry_in,
    options_in,
    plan,
    server_command,
    this_platform,
)
from clickpipes_mcp.doctor.check import Check, private

_NAME: Final = "clickpipes"
_PROGRAM: Final = "a program"
_SCOPES: Final[tuple[Scope, ...]] = ("user", "project")
_SECRET: Final = "SECRET"  # noqa: S105 # a part of names of variables


def check_clients() -> Iterator[Check]:
    """Each assistant that is connected, and how to connect one where none is."""
    try:
        platform = this_platform()
    except (OSError, RuntimeError):  # as of a container's user who is in no list
        yield Check("assistants", "ok", "not looked for: this user has no home directory")
        return
    installed = [client for client in CLIENTS if client.is_there(platform)]
    is_any_connected = False
    for client in CLIENTS:
        for scope in _SCOPES:
            path = client.file(platform, scope)
            if path is not None and path.exists():
                for check in _check(client, path):
                    is_any_connected = True
                    yield check
    if not is_any_connected:
        found = ", ".join(client.title for client in installed)
        key = installed[0].key if installed else "CLIENT"
        yield Check(
            "assistants",
            "ok",
            f"none starts this server yet; found here: {found or 'none that is known'}",
            f"clickpipes-mcp connect {key}",
        )


def _check(client: Client, path: Path) -> Iterator[Check]:
    """What is to be said of a file in which this server stands, or which nobody can read."""
    try:
        entry = entry_in(client, path, _NAME)
    except NotEditable as error:
        yield Check(client.title, "warn", str(error), "Correct it, or let the assistant do so.")
        return
    if not isinstance(entry, Mapping):  # this server is not in it
        return
    program = _program(client, entry)
    if program is None or _is_there(program):
        yield Check(client.title, "ok", f"starts it, as {path} says")
    else:
        yield _not_there(client, path, options_in(client, entry))
    if _holds_secret(entry):
        yield private(f"{client.title} file", path, "holds a secret, and is for its owner alone")


def _program(client: Client, entry: Mapping[str, object]) -> str | None:
    """What an entry starts, at the place where this client writes it; None for another kind."""
    ours = client.entry(ServerCommand(_PROGRAM))
    held = [entry.get(key) for key, value in ours.items() if value == _PROGRAM]
    return str(held[0]) if held and held[0] else None


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None


def _not_there(client: Client, path: Path, options: tuple[str, ...] | None) -> Check:
    """A program that is gone: what the entry gave it has to stay, or it may do more than before."""
    found = f"{path} names a program that is not there"
    now = server_command()
    if options is None:
        by_hand = f"Put {now.program} in its place by hand, and after that the options it was given"
        return Check(client.title, "warn", found, by_hand)
    command = now.having(options)
    fix = f"clickpipes-mcp connect {client.key}"
    return Check(client.title, "warn", found, fix, lambda: _reconnect(client, path, command))


def _reconnect(client: Client, path: Path, command: ServerCommand) -> str:
    """Let the file name the program that runs now; the file before is kept beside it."""
    change = plan(client, path, _NAME, client.entry(command))
    change.carry_out()
    return f"wrote the program that runs now into {path}; the file before is {change.backup}"


def _holds_secret(entry: Mapping[str, object]) -> bool:
    """Whether a variable of the entry may be a secret that is written out."""
    variables = next((entry[key] for key in ("env", "envs", "environment") if key in entry), {})
    if not isinstance(variables, Mapping):
        return False
    return any(_SECRET in str(name) and not _is_reference(variables[name]) for name in variables)


def _is_reference(value: object) -> bool:
    return str(value).startswith("${") or not value
