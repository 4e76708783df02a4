"""The commands that look after the store that replicas share."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import Unusable, explained
from clickpipes_mcp.counting import counted

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.store import Database, Deviation, Tables

Done = TypeVar("Done")
NOT_SET_UP = 1
CLOCKS_APART = 3


@click.group(short_help="Look after the store that replicas share.")
def store() -> None:
    """Look after the PostgreSQL of CLICKPIPES_STORE, in which replicas share what they know.

    Its tables stand in a schema of their own, clickpipes_mcp.
    """


@store.command(short_help="Make its tables, or bring them up to date.")
def init() -> None:
    """Make the tables, or bring them up to date; may be repeated, and while replicas run.

    The user of the address needs CREATE on the database for this, and afterwards only for upgrades.
    """
    from clickpipes_mcp.store import set_up

    before, after = _run(set_up)
    is_new = after > before
    click.echo(f"Set up: version {before} → {after}." if is_new else f"It is of version {after}.")


@store.command(short_help="Check that it answers and is set up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def check(*, as_json: bool) -> None:
    """Check that it answers, is set up for this version, how much it holds, and the clocks.

    Exits with 0 when all is well, 1 when it has to be set up, 2 when it does not answer, and 3 when
    this machine's clock is more than 30 s from the store's.
    """
    from clickpipes_mcp.store import NEWEST

    tables, clock = _run(_look)
    is_fit = tables.version >= NEWEST
    if as_json:
        told = {"version": tables.version, "needed": NEWEST, "rows": tables.rows}
        print_json({**told, "clock_ahead_s": round(clock.ahead_s, 3)})
    else:
        click.echo(f"Version {tables.version}; this program needs {NEWEST}.")
        for name, rows in tables.rows.items():
            click.echo(f"{name}: {counted(rows, 'row')}")
        if not is_fit:
            click.echo("To mend it: clickpipes-mcp store init")
        if clock.is_noticed:
            click.echo(f"{clock} Replicas tell by it what is over: set it, as a time service does.")
    if clock.is_too_much and is_fit:
        sys.exit(CLOCKS_APART)
    sys.exit(0 if is_fit else NOT_SET_UP)


@store.command(short_help="Take away what nobody needs any more.")
def prune() -> None:
    """Take away what nobody needs any more. Once a day is enough; replicas may run."""
    from clickpipes_mcp.store import prune as take_away

    for name, rows in _run(take_away).items():
        click.echo(f"{name}: {counted(rows, 'row')} taken away")


async def _look(database: "Database") -> "tuple[Tables, Deviation]":
    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.store import compare_clocks, look_at

    return await look_at(database), await compare_clocks(database, SystemClock())


def _run(work: "Callable[[Database], Awaitable[Done]]") -> Done:
    """What work comes to with the store of the settings.

    Raises:
        Unusable: There is none, or it does not answer.
    """
    import anyio

    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.redaction import configure_logging
    from clickpipes_mcp.settings import load_settings
    from clickpipes_mcp.store import Database, StoreUnavailable

    configure_logging("error")
    with explained():
        settings = load_settings()
        if settings.store is None:
            raise Unusable("CLICKPIPES_STORE names no store.")
        database = Database(settings, SystemClock())

    async def run() -> Done:
        try:
            return await work(database)
        finally:
            await database.aclose()

    try:
        return anyio.run(run)
    except StoreUnavailable as error:
        raise Unusable(f"The store cannot be used: {error.strerror}.") from error
