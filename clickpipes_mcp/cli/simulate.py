"""The command that serves the simulated API."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from clickpipes_mcp.cli.reporting import Unusable

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.simulator import Fault, SimulatorOptions


@click.command(short_help="Serve the simulated ClickPipes API over TCP.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to bind.")
@click.option(
    "--port",
    default=8123,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to bind; 0 takes a free one.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 100_000, min_open=True),
    help="Simulated seconds in a real one.",
)
@click.option(
    "--pipes", default=0, show_default=True, type=click.IntRange(0), help="Pipes to begin with."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Makes ids repeatable."
)
@click.option("--rate-limit", is_flag=True, help="Allow ten requests in ten seconds, as the API.")
@click.option(
    "--state", type=click.Path(dir_okay=False, path_type=Path), help="Keep the world here."
)
@click.option("--scenario", metavar="NAME", help="A story to tell; 'list' shows them.")
@click.option(
    "--forget", is_flag=True, help="Only remove the worlds that servers without a key have kept."
)
@click.option(
    "--dialect",
    type=click.Choice(["live", "reference-page"]),
    default="live",
    show_default=True,
    help="Whose paths and keys to speak.",
)
@click.option("--control", is_flag=True, help="Answer /_simulator/ requests.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="What goes wrong, as kind=status,status=503,times=2 or as JSON. Repeatable.",
)
def simulate(
    *,
    host: str,
    port: int,
    speed: float,
    pipes: int,
    seed: int,
    rate_limit: bool,
    state: Path | None,
    scenario: str | None,
    dialect: Literal["live", "reference-page"],
    control: bool,
    faults: Sequence[str],
    forget: bool,
) -> None:
    """Serve the simulated ClickPipes API over TCP, for other clients and tests.

    Accepts any API key. Answers on loopback only: it is a stand-in, not a service.
    """
    if forget:
        click.echo(_forget())
        return
    from clickpipes_mcp.settings import is_loopback

    if not is_loopback(host):
        raise Unusable(f"{host} is not loopback; the simulator accepts any key, so it stays here.")
    if state is not None and not state.absolute().parent.is_dir():
        raise Unusable(f"{state} cannot be written: there is no such directory.")
    from clickpipes_mcp.simulator import SCENARIOS, SimulatorOptions

    if scenario == "list":
        for name, one in SCENARIOS.items():
            click.echo(f"{name:<28} {one.cause}")
        return
    if scenario is not None and scenario not in SCENARIOS:
        raise Unusable(f"There is no scenario {scenario}. There are: {', '.join(SCENARIOS)}.")
    options = SimulatorOptions(
        seed=seed,
        speed=speed,
        pipes=pipes,
        rate_limit=rate_limit,
        faults=tuple(_fault(text) for text in faults),
        state_file=state,
        control=control,
        dialect=dialect,
        scenario=scenario,
    )
    sys.exit(_run_simulator(options, host, port))


def _forget() -> str:
    """Remove every world that was kept without being asked for; what files of it there were."""
    from clickpipes_mcp.state_directory import state_directory
    from clickpipes_mcp.world_file import worlds

    kept = sorted(worlds(state_directory()).glob("*.json"))
    try:
        for world in kept:
            world.unlink(missing_ok=True)
    except OSError as error:
        raise Unusable(f"{world} cannot be removed: {error.strerror}.") from error
    return "\n".join(f"Forgotten: {world}" for world in kept) or "No simulated pipes are kept."


def _fault(text: str) -> "Fault":
    from clickpipes_mcp.simulator.faults import parse_fault

    try:
        given = json.loads(text) if text.startswith("{") else _pairs(text)
        return parse_fault(given)
    except ValueError as error:
        raise Unusable(f"--fault {text}: {error}.") from error


def _pairs(text: str) -> dict[str, object]:
    """`kind=status,status=503` as an object; what reads as a number is one."""
    given: dict[str, object] = {}
    for pair in text.split(","):
        key, found, value = pair.partition("=")
        if not found:
            raise ValueError("write it as kind=status,status=503,times=2 or as a JSON object")
        try:
            given[key.strip()] = json.loads(value)
        except ValueError:
            given[key.strip()] = value
    return given


def _run_simulator(options: "SimulatorOptions", host: str, port: int) -> int:
    import anyio

    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.signals import until_signalled
    from clickpipes_mcp.simulator import DamagedStateError, build_simulator
    from clickpipes_mcp.simulator.serving.serve import serving

    try:
        simulator = build_simulator(options, SystemClock())
    except DamagedStateError as error:
        raise Unusable(str(error)) from error

    async def work() -> None:
        async with serving(simulator, host, port) as bound:
            click.echo(_where(f"[{host}]" if ":" in host else host, bound))
            await anyio.sleep_forever()

    async def served() -> int:
        return await until_signalled(work)

    problems: list[str] = []
    code = 0
    try:
        code = anyio.run(served)
    except* OSError as unbound:
        problems += [str(error) for error in unbound.exceptions]
    if problems:
        raise Unusable(f"{host}:{port} cannot be bound: {' '.join(problems)}")
    return code


def _where(host: str, port: int) -> str:
    from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID

    url = f"http://{host}:{port}"
    return (
        f"Simulated ClickPipes API at {url}/v1, for any key. Ctrl-C ends it.\n"
        f"organization {DEFAULT_ORGANIZATION_ID}\n"
        f"service {DEFAULT_SERVICE_ID}\n"
        f"Try:\nclickhousectl cloud --url {url} --api-key any --api-secret any "
        f"--org-id {DEFAULT_ORGANIZATION_ID} --json clickpipe list {DEFAULT_SERVICE_ID}"
    )
