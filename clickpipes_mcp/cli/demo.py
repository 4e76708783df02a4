"""The command that plays a conversation."""

import sys
from typing import Literal

import click

INTERRUPTED = 130


@click.command(short_help="Play a conversation on the simulator, every step checked.")
@click.option(
    "--era",
    type=click.Choice(["modern", "legacy"]),
    default="modern",
    show_default=True,
    help="Protocol era the client speaks.",
)
@click.option("--fast", is_flag=True, help="Do not pause for the reader.")
@click.option("--no-color", is_flag=True, help="Plain text.")
def demo(*, era: Literal["modern", "legacy"], fast: bool, no_color: bool) -> None:
    """Play a whole conversation between a person, an assistant and this server.

    Starts the real server on the simulator and speaks to it as an MCP client does. Exits with 1
    when any step does not end as it should.
    """
    from functools import partial

    import anyio
    from rich.console import Console

    from clickpipes_mcp.demo import play

    console = Console(no_color=no_color, highlight=False)
    try:
        succeeded = anyio.run(partial(play, console, era, is_paced=not fast))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0 if succeeded else 1)
