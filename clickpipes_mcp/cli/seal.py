"""The command that seals an API key in a file."""

import os
import sys
from pathlib import Path

import click

from clickpipes_mcp.cli.reporting import Unusable, explained


@click.command(short_help="Seal the secret of an API key in a file.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def seal(*, file: Path) -> None:
    """Seal the secret of an API key in FILE, which a connection names as sealed:FILE.

    CLICKPIPES_HTTP_KEY opens it, so that whoever reads the file or its backup has no key. The
    secret is asked for, or read from standard input; a running server takes it at the next call.
    """
    with explained():
        from clickpipes_mcp.sealed_text import seal_text
        from clickpipes_mcp.settings import load_settings

        key = load_settings().http_key
    if key is None:
        raise Unusable("Set CLICKPIPES_HTTP_KEY to what the server has.")
    secret = (
        click.prompt("Secret of the API key", hide_input=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline()
    ).strip()
    if not secret:
        raise Unusable("There is no secret to seal.")
    _replace(file, seal_text(secret, key.get_secret_value()) + "\n")
    click.echo(f"{file} holds it, sealed.", err=True)


def _replace(file: Path, text: str) -> None:
    """Put a text in the place of the file at once, with the mode that it had."""
    from clickpipes_mcp.private_file import PRIVATE  # start-up time

    beside = file.with_name(f".{file.name}.new")
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else PRIVATE
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as new:
            new.write(text)
            os.fsync(new.fileno())
        beside.chmod(mode)
        beside.replace(file)
    except OSError as error:
        raise Unusable(f"{file} cannot be written: {error.strerror}.") from error
