"""The program: the only module that reads the command line, prints and exits."""

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from typing_extensions import override

from clickpipes_mcp import __version__

if TYPE_CHECKING:  # everything else is imported by the command that needs it: start-up time
    from clickpipes_mcp.doctor import Check
    from clickpipes_mcp.simulator import Fault, SimulatorOptions

DEFAULT_COMMAND = "serve"
INTERRUPTED = 130
_OWN_OPTIONS = frozenset({"--help", "-h", "--version"})


class _Unusable(click.ClickException):
    """What the operator gave cannot be used."""

    exit_code = 2


class _Program(click.Group):
    """A group that serves when no command is named, as MCP clients expect."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_command = bool(args) and not args[0].startswith("-")
        if not is_command and not _OWN_OPTIONS.intersection(args[:1]):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the operator can mend into one message without a traceback."""
    from clickpipes_mcp.errors import ClickPipesError

    try:
        yield
    except ClickPipesError as error:
        raise _Unusable(" ".join(filter(None, (error.message, error.fix)))) from error
    except Exception as error:
        from clickpipes_mcp.simulator import DamagedStateError  # costly, and rarely needed

        if not isinstance(error, DamagedStateError):
            raise
        raise _Unusable(str(error)) from error


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="clickpipes-mcp")
def program() -> None:
    """MCP server for ClickPipes, the managed ingestion of ClickHouse Cloud.

    Without a command it serves over standard input and output. The API key and all other settings
    come from the environment; without a key the built-in simulator answers.
    """


@program.command(short_help="Serve MCP over standard input and output (the default).")
@click.option("--read-only", is_flag=True, default=None, help="Offer only tools that read.")
@click.option("--toolsets", metavar="LIST", help="Sets of tools to offer, such as pipes,create.")
@click.option("--sources", metavar="LIST", help="Sources to create, such as kafka,postgres.")
@click.option("--organization-id", metavar="UUID", help="Organization to work in.")
@click.option("--service-id", metavar="UUID", help="Pin every tool to this service.")
@click.option("--api-url", metavar="URL", help="Address of the API.")
@click.option("--api-dialect", metavar="NAME", help="live or reference-page.")
@click.option("--consent", metavar="MODE", help="ask, chat or off: who agrees to what is lost.")
@click.option("--literal-secrets", metavar="POLICY", help="warn or refuse.")
@click.option("--secrets-dir", metavar="DIR", help="Where ${file:name} references are read.")
@click.option("--journal", metavar="FILE", help="Record every write in this file.")
@click.option("--simulator/--no-simulator", default=None, help="Insist on, or rule out, it.")
@click.option("--simulator-speed", metavar="N", help="Simulated seconds in a real one.")
@click.option("--simulator-state", metavar="FILE", help="Keep the simulated pipes here.")
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
def serve(**overrides: str | bool | None) -> None:
    """Serve over standard input and output (the default).

    Options win over the environment. Secrets are never options: other users of the machine can
    read a command line.
    """
    # Collecting garbage while thousands of classes are imported only costs time.
    gc.disable()
    with _explained():
        from clickpipes_mcp.cloud import redactor_of
        from clickpipes_mcp.redaction import configure_logging
        from clickpipes_mcp.settings import load_settings

        settings = load_settings(None, **overrides)
        configure_logging(settings.log_level, redactor_of(settings))

        import anyio

        from clickpipes_mcp.server import build_server
        from clickpipes_mcp.serving import announcement, serve_stdio

        server = build_server(settings)
    gc.freeze()
    gc.enable()
    click.echo(announcement(settings), err=True)
    if sys.stdin.isatty():
        click.echo(
            "This speaks MCP and waits for a client. To see it work: clickpipes-mcp demo", err=True
        )
    sys.exit(anyio.run(serve_stdio, server))


@program.command(short_help="Play a conversation on the simulator, every step checked.")
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


@program.command(short_help="Serve the simulated ClickPipes API over TCP.")
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
) -> None:
    """Serve the simulated ClickPipes API over TCP, for other clients and tests.

    Accepts any API key. Answers on loopback only: it is a stand-in, not a service.
    """
    from clickpipes_mcp.settings import is_loopback

    if not is_loopback(host):
        raise _Unusable(f"{host} is not loopback; the simulator accepts any key, so it stays here.")
    if state is not None and not state.absolute().parent.is_dir():
        raise _Unusable(f"{state} cannot be written: there is no such directory.")
    from clickpipes_mcp.simulator import SCENARIOS, SimulatorOptions

    if scenario is not None and scenario not in SCENARIOS:
        raise _Unusable(f"There is no scenario {scenario}. There are: {', '.join(SCENARIOS)}.")
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


def _fault(text: str) -> "Fault":
    from clickpipes_mcp.simulator.faults import parse_fault

    try:
        given = json.loads(text) if text.startswith("{") else _pairs(text)
        return parse_fault(given)
    except ValueError as error:
        raise _Unusable(f"--fault {text}: {error}.") from error


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
    from clickpipes_mcp.serving import until_signalled
    from clickpipes_mcp.simulator import build_simulator
    from clickpipes_mcp.simulator.serve import serving

    with _explained():
        simulator = build_simulator(options, SystemClock())

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
        raise _Unusable(f"{host}:{port} cannot be bound: {' '.join(problems)}")
    return code


def _where(host: str, port: int) -> str:
    from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID

    url = f"http://{host}:{port}"
    return (
        f"Simulated ClickPipes API at {url}/v1, organization {DEFAULT_ORGANIZATION_ID}, "
        f"service {DEFAULT_SERVICE_ID}. Any key will do; Ctrl-C ends it. Try: "
        f"clickhousectl cloud --url {url} --api-key any --api-secret any "
        f"--org-id {DEFAULT_ORGANIZATION_ID} --json clickpipe list {DEFAULT_SERVICE_ID}"
    )


@program.command(short_help="Write, check or convert the published schemas of the tools.")
@click.option("--write", "does_write", is_flag=True, help="Bring the files up to date.")
@click.option("--check", "does_check", is_flag=True, help="Exit with 1 when they are not.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["mcp", "anthropic", "openai", "openai-strict", "gemini"]),
    help="Print the tools as functions for an agent that does not speak MCP.",
)
@click.option(
    "--folder",
    metavar="DIR",
    help="Where the files are, tool_schemas by default; with --format, where to write them "
    "instead of printing, one file a tool.",
)
def schemas(
    *, does_write: bool, does_check: bool, format_name: str | None, folder: str | None
) -> None:
    """Write, or check, the published schema of every tool and the page of rules.

    With --format the tools are printed as functions instead, as one JSON array; what that format
    cannot say is counted on standard error.
    """
    if [does_write, does_check, format_name is not None].count(True) != 1:
        raise click.UsageError("Say one of --write, --check and --format.")
    from clickpipes_mcp import schema_export

    if format_name is not None:
        _convert(format_name, None if folder in (None, "-") else Path(folder))
        return
    kept_in = Path(folder or "tool_schemas")
    if does_write:
        click.echo(f"{schema_export.write(kept_in)} files in {kept_in}")
        return
    differences = schema_export.differences(kept_in)
    for line in differences:
        click.echo(f"{kept_in}: {line}")
    if differences:
        click.echo(f"To mend it: clickpipes-mcp schemas --write --folder {kept_in}")
        sys.exit(1)


def _convert(format_name: str, folder: Path | None) -> None:
    from clickpipes_mcp import schema_export
    from clickpipes_mcp.schema_formats import losses

    functions = schema_export.converted(format_name)
    if folder is None:
        click.echo(schema_export.text_of([function.definition for function in functions]), nl=False)
    else:
        click.echo(f"{schema_export.write_functions(functions, folder)} files in {folder}")
    lost = losses(functions)
    if lost:
        counts = ", ".join(f"{keyword} ({count})" for keyword, count in lost.items())
        click.echo(f"Not expressible as {format_name}: {counts}.", err=True)


@program.command(short_help="Check this installation and say what to mend.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def doctor(*, as_json: bool) -> None:
    """Check settings, key, connection, permission and files, and say what to mend.

    Reads only, and never shows a secret. Exits with 1 when a check fails.
    """
    import anyio

    from clickpipes_mcp.doctor import examine
    from clickpipes_mcp.redaction import configure_logging

    configure_logging("error")

    async def examined() -> "list[Check]":
        checks = []
        async for check in examine():
            checks.append(check)
            if not as_json:
                _show(check)
        return checks

    with _explained():
        checks = anyio.run(examined)
    is_well = all(check.status != "fail" for check in checks)
    if as_json:
        report = {"ok": is_well, "checks": [vars(check) for check in checks]}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    sys.exit(0 if is_well else 1)


def _show(check: "Check") -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.status]
    click.echo(f"{click.style(f'{check.status:<4}', fg=colour)}  {check.name:<18} {check.found}")
    if check.fix:
        click.echo(f"{'':25}→ {check.fix}")


def main() -> None:
    """What the console script runs."""
    program(prog_name="clickpipes-mcp")
