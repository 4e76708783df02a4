"""The command that writes this server into the configuration of an assistant."""

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.reporting import Unusable, explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.connecting import Change, Client, Scope

_NAME = "clickpipes"
_TYPE_FIRST = "List my ClickPipes, and say whether anything is wrong with one."


@click.command(short_help="Write this server into the configuration of an assistant.")
@click.argument("client", required=False)
@click.option("--project", is_flag=True, help="For the project in this directory alone.")
@click.option("--name", default=_NAME, show_default=True, help="What the assistant calls it.")
@click.option("--remove", is_flag=True, help="Take it out again.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def connect(*, client: str | None, project: bool, name: str, remove: bool, dry_run: bool) -> None:
    """Write this server into the configuration of CLIENT, an assistant.

    CLIENT is one of claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed,
    jetbrains, cline and goose; without it, those that seem to be installed are offered.

    What stands in the file stays, comments and order included, and so do options of this server; a
    copy of the file as it was is kept beside it. No secret is ever written there: the first time it
    asks for an API key and keeps its secret in the keyring.
    """
    with explained():
        from clickpipes_mcp.connecting import (
            NotEditable,
            entry_in,
            options_in,
            plan,
            server_command,
            this_platform,
        )

        platform = this_platform()
        chosen = _client(client)
        scope: Scope = "project" if project else "user"
        path = chosen.file(platform, scope)
        if path is None:
            raise Unusable(f"{chosen.title} has no configuration for a single project.")
        try:
            options = () if remove else options_in(chosen, entry_in(chosen, path, name))
            if options is None:
                raise Unusable(
                    f"{path} starts {name} through another program, with options that connect "
                    "cannot tell from that program's own. Take it out with --remove first."
                )
            entry = None if remove else chosen.entry(server_command().having(options))
            change = plan(chosen, path, name, entry)
            _show(change, chosen, is_removal=remove)
            if dry_run:
                return
            if change.is_needed:
                change.carry_out()
                if change.before is not None:
                    click.echo(f"The file before is kept as {change.backup}.")
        except NotEditable as error:
            raise Unusable(f"{error} Nothing was changed.") from error
    if remove:
        return
    with explained():
        _offer_key()
    click.echo(f"{chosen.first} Then type: {_TYPE_FIRST}")


def _client(named: str | None) -> "Client":
    from clickpipes_mcp.connecting import CLIENTS, client_called, this_platform

    keys = [one.key for one in CLIENTS]
    if named is not None:
        found = client_called(named)
        if found is None:
            near = difflib.get_close_matches(named.lower(), keys, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise Unusable(f"{named} is none of: {', '.join(keys)}.{meant}")
        return found
    installed = [one for one in CLIENTS if one.is_there(this_platform())]
    if not installed:
        raise Unusable(f"No assistant was found here. Name one of: {', '.join(keys)}.")
    for number, one in enumerate(installed, start=1):
        click.echo(f"{number}. {one.title} ({one.key})")
    try:
        asked = click.prompt("Which one", type=click.IntRange(1, len(installed)))
    except click.Abort:  # nobody is there who could answer
        raise Unusable("Name the one to connect: clickpipes-mcp connect CLIENT.") from None
    return installed[asked - 1]


def _show(change: "Change", client: "Client", *, is_removal: bool) -> None:
    if not change.is_needed:
        found = "is not in" if is_removal else "stands already in"
        click.echo(f"ClickPipes {found} {change.path}: nothing to change.")
        return
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in change.diff():
        click.echo(click.style(line, fg=colours.get(line[:1])))
    click.echo(f"{client.title}: {change.path}")


def _offer_key() -> None:
    """Where there is no API key yet, ask for one; its secret goes into the keyring or nowhere."""
    from clickpipes_mcp.settings import connections, load_settings, usual_connections_file

    base = load_settings()
    if base.key_id is not None or connections(base, os.environ).named:
        return
    file = usual_connections_file()
    click.echo("Without an API key the assistant works on a simulator, where nothing is real.")
    if not _wants_key():
        click.echo(f"To add one later, run this again, or write {file} as SETTINGS.md says.")
        return
    key_id = click.prompt("API key id").strip()
    _write_connection(file, key_id, _kept(key_id))
    click.echo(f"Written to {file}: the id of the key, and where its secret is kept.")


def _wants_key() -> bool:
    try:
        return click.confirm("Add a key of ClickHouse Cloud now", default=False)
    except click.Abort:  # nobody is there who could answer
        click.echo()
        return False


def _kept(key_id: str) -> str:
    """Where the secret is kept: in the keyring, or in a file that the person has made."""
    from clickpipes_mcp.settings import KeyUnavailable, keep_key

    try:
        return keep_key(key_id, click.prompt("API key secret", hide_input=True).strip())
    except KeyUnavailable as error:
        click.echo(f"The secret {error}. Put it into a file that only you can read.", err=True)
        path = click.prompt("Path of that file").strip()
        return f"file:{Path(path).expanduser().absolute()}"


def _write_connection(file: Path, key_id: str, place: str) -> None:
    """Make the file with one connection; no secret is written."""
    lines = ("[default]", f"key_id = {json.dumps(key_id)}", f"key_secret = {json.dumps(place)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise Unusable(f"{file} cannot be written: {error.strerror}.") from error
