"""`python -m tests.benchmarks`: this server beside what a user would have instead, in one run."""

import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.benchmarks.alone import measure_growth, measure_validation
from tests.benchmarks.contenders import OURS, contenders, environment, here
from tests.benchmarks.environments import Interpreters, install
from tests.benchmarks.measures import Figures
from tests.benchmarks.page import PAGE, Circumstances, measured, write
from tests.benchmarks.rounds import Ground, Repeats, measure
from tests.benchmarks.upstream import (
    SERVICE_OF_FEW,
    SERVICE_OF_MANY,
    pipe_ids,
    serving_upstream,
)

PACKAGES = ("clickpipes-mcp", "mcp", "fastmcp")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"show_default": True})
@click.option("--rounds", default=15, type=click.IntRange(1), help="How often all are measured.")
@click.option("--calls", default=40, type=click.IntRange(1), help="Of each kind in a round.")
@click.option("--long-run", default=100_000, type=click.IntRange(100), help="Calls in a long life.")
@click.option(
    "--openapi",
    envvar="CLICKPIPES_OPENAPI",
    type=_FILE,
    help="The API's document; without it no server is generated.",
)
@click.option("--here", "is_here", is_flag=True, help="Measure this environment, install nothing.")
@click.option("--write", "writes", is_flag=True, help=f"Write {PAGE.name} too.")
def main(
    *,
    rounds: int,
    calls: int,
    long_run: int,
    openapi: Path | None,
    is_here: bool,
    writes: bool,
) -> None:
    """Measure this server, the floor, a pass-through tool and a generated server in one run.

    Takes about ten minutes on a quiet machine, and needs Linux and a package index. Interrupted, it
    goes on with what it has measured.
    """
    began, load = datetime.now(UTC), os.getloadavg()
    figures = Figures()
    with tempfile.TemporaryDirectory() as work, serving_upstream() as api_url:
        interpreters = here() if is_here else install(Path(work), openapi)
        notes = list(
            _measure(interpreters, api_url, Path(work), figures, rounds, Repeats(calls), long_run)
        )
        installed = [f"{name} {interpreters.version(name)}" for name in PACKAGES]
    run = Circumstances(
        date=f"{began:%Y-%m-%d %H:%M} UTC",
        machine=f"{platform.platform()}, {os.cpu_count()} cores",
        load=f"{load[0]:.1f}, {os.getloadavg()[0]:.1f}",
        versions=", ".join([f"Python {platform.python_version()}", *installed]),
        command=" ".join(["python -m tests.benchmarks", *sys.argv[1:]]),
        notes=[f"Rounds: {rounds}", *notes],
    )
    table = measured(figures, run)
    click.echo(table)
    if writes:
        write(table)


def _measure(
    interpreters: Interpreters,
    api_url: str,
    work: Path,
    figures: Figures,
    rounds: int,
    repeats: Repeats,
    long_run: int,
) -> list[str]:
    """Fill in the figures; what else has to be said."""
    home = work / "home"
    home.mkdir()
    few, many = (pipe_ids(api_url, service) for service in (SERVICE_OF_FEW, SERVICE_OF_MANY))
    ground = Ground(environment(api_url, home), few, many, figures)
    all_of_them = contenders(interpreters, SERVICE_OF_FEW)
    notes: list[str] = []
    number = 0
    try:
        for number in measure(all_of_them, ground, rounds, repeats):
            click.echo(f"round {number} of {rounds}", err=True)
    except KeyboardInterrupt:
        notes.append(f"Interrupted in round {number + 1} of {rounds}; what was measured counts")
    measure_validation(ground, rounds)
    ours = next(one for one in all_of_them if one.key == OURS)
    before_mb, after_mb = measure_growth(ours, ground, long_run)
    memory = f"{before_mb:.1f} MB after 1 % of them, {after_mb:.1f} MB at the end"
    notes.append(f"Long run, {long_run:,} calls: {memory}")
    if interpreters.generated is None:
        notes.append("No generated server: no OpenAPI document was given")
    return notes


if __name__ == "__main__":
    main()
