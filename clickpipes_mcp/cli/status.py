"""The command that shows all pipes at a glance."""

import json
import sys
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.opening import run_with_app
from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from collections.abc import Callable

    from clickpipes_mcp.app import App
    from clickpipes_mcp.errors import ClickPipesError
    from clickpipes_mcp.fleet import Fleet, PipeGlance

NEEDS_ATTENTION = 1
COULD_NOT_LOOK = 2
_BETWEEN_LOOKS_S = 10.0
_ROWS = 40


@click.command(short_help="Show all pipes at a glance.")
@click.option("--watch", "is_watching", is_flag=True, help="Look again and again, until Ctrl+C.")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(2, 3600),
    default=_BETWEEN_LOOKS_S,
    show_default=True,
    help="Seconds between two looks; more where there are many services.",
)
@click.option("--rates", is_flag=True, help="Look twice, so that rates can be told.")
@click.option("--all", "is_whole", is_flag=True, help=f"All pipes, not the first {_ROWS}.")
@click.option("--service", metavar="NAME", help="Id or name; all services by default.")
@click.option("--connection", metavar="NAME", help="The connection to use.")
@click.option("--json", "as_json", is_flag=True, help="JSON; with --watch one line for each look.")
def status(
    *,
    is_watching: bool,
    every_s: float,
    rates: bool,
    is_whole: bool,
    service: str | None,
    connection: str | None,
    as_json: bool,
) -> None:
    """Show every pipe with state, lag, rates and errors; first what needs a person.

    A look takes two requests for each service, and --watch half of what the API allows at most.
    Exits with 0 where all is well, 1 where something needs attention, 2 where not all could be
    looked at. --watch ends with what its last look came to.
    """
    ended_with = [COULD_NOT_LOOK]

    async def work(app: "App") -> None:
        from clickpipes_mcp.fleet import watch

        tell = _json_of(app, is_line=is_watching) if as_json else _screen_of(
            app, is_watching=is_watching, is_whole=is_whole
        )  # fmt: skip
        wanted = 2 if rates else 1
        async for seen in watch(app, service, every_s):
            wanted -= 1
            ended_with[0] = _exit_code(seen)
            if is_watching or wanted == 0:
                tell(seen)
            if not is_watching and wanted == 0:
                return

    try:
        with explained():
            run_with_app(work, connection)
    except KeyboardInterrupt:
        if not is_watching:
            raise
    sys.exit(ended_with[0])


def _exit_code(seen: "Fleet | ClickPipesError") -> int:
    if isinstance(seen, Exception):
        return COULD_NOT_LOOK
    if seen.urgent:
        return NEEDS_ATTENTION
    return COULD_NOT_LOOK if seen.unseen else 0


def _json_of(app: "App", *, is_line: bool) -> "Callable[[Fleet | ClickPipesError], None]":
    def tell(seen: "Fleet | ClickPipesError") -> None:
        place = {"at": app.clock.now().isoformat(), "environment": app.settings.where}
        document = {**place, **_told(seen)}
        if is_line:
            click.echo(json.dumps(document))
        else:
            print_json(document)

    return tell


def _told(seen: "Fleet | ClickPipesError") -> dict[str, object]:
    if isinstance(seen, Exception):
        return {"ok": False, "error": seen.message}
    return {
        "ok": _exit_code(seen) == 0,
        "states": seen.states,
        "need_attention": len(seen.urgent),
        "clickpipes": [_pipe(pipe) for pipe in seen.pipes],
        "unseen": list(seen.unseen),
        "notes": list(seen.notes),
    }


def _pipe(pipe: "PipeGlance") -> dict[str, object]:
    told: dict[str, object] = {
        "id": pipe.id,
        "name": pipe.name,
        "service": pipe.service,
        "state": pipe.state,
        "attention": pipe.reason.words if pipe.reason else None,
        "seen_since": pipe.since.at.isoformat() if pipe.since else None,
        "lag_ms": pipe.lag_ms,
        "records_per_s": pipe.records_per_s,
        "errors": pipe.errors,
        "errors_per_s": pipe.errors_per_s,
    }
    return {name: value for name, value in told.items() if value is not None}


def _screen_of(
    app: "App", *, is_watching: bool, is_whole: bool
) -> "Callable[[Fleet | ClickPipesError], None]":
    from rich.console import Console
    from rich.text import Text

    from clickpipes_mcp.cli.fleet_table import print_fleet, rows_of_a_screen

    console = Console(highlight=False)
    is_live = is_watching and console.is_terminal
    last: list[Fleet] = []

    def tell(seen: "Fleet | ClickPipesError") -> None:
        now = app.clock.now()
        if is_live:
            console.clear()
        failed = isinstance(seen, Exception)
        if isinstance(seen, Exception):
            console.print(Text(f"Could not look: {seen.message} Below is the look before.", "red"))
        else:
            last[:] = [seen]
        if is_live or not failed:
            fits = rows_of_a_screen(console, last[0]) if is_live else _ROWS
            rows = None if is_whole else fits
            print_fleet(last[0], console, now, app.settings.where, rows)

    return tell
