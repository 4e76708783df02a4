"""The command that plays a conversation."""

import sys
from typing import Literal

import click

INTERRUPTED = 130
UNREAD = 141
"""What a shell calls the end of a program whose reader has left: 128 + SIGPIPE."""


@click.command(short_help="Play a conversation on the simulator: a few seconds, no account.")
@click.option("--all", "is_whole", is_flag=True, help="Play everything: every source, every tool.")
@click.option(
    "--database",
    metavar="ADDRESS",
    default="",
    help="With --all: a real PostgreSQL to look at, as postgresql://OWNER@HOST/DATABASE, its "
    "password in PGPASSWORD. A schema, a role and a publication are made there and taken away.",
)
@click.option(
    "--era",
    type=click.Choice(["modern", "legacy"]),
    default="modern",
    show_default=True,
    help="Protocol era the client speaks.",
)
@click.option("--fast", is_flag=True, help="Do not pause for the reader.")
@click.option("--no-color", is_flag=True, help="Plain text.")
def demo(
    *,
    is_whole: bool,
    database: str,
    era: Literal["modern", "legacy"],
    fast: bool,
    no_color: bool,
) -> None:
    """Play a conversation between a person, an assistant and this server.

    One pipe from words to rows, one fault found and mended, one deletion that the person declines
    and then agrees to. With --all every source and nearly every tool has its turn.

    Starts the real server on the simulator and speaks to it as an MCP client does. Exits with 1
    when any step does not end as it should.
    """
    from functools import partial

    import anyio

    from clickpipes_mcp.demo import NoDatabase, Screen, play
    from clickpipes_mcp.redaction import clean

    if database and not is_whole:
        raise click.UsageError("--database needs --all.")
    screen = Screen(no_color=no_color, highlight=False)
    try:
        succeeded = anyio.run(
            partial(play, screen, era, is_whole=is_whole, is_paced=not fast, address=database)
        )
    except NoDatabase as error:
        raise click.ClickException(f"--database: {clean(str(error))}") from error
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    if screen.is_unread:
        sys.exit(UNREAD)
    sys.exit(0 if succeeded else 1)
