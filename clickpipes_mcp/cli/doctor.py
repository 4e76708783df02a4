"""The command that checks an installation."""

import sys
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.doctor import Check


_OF_THE_API = ""


@click.command(short_help="Check this installation and say what to mend.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@click.option(
    "--drift",
    "drift_from",
    metavar="[FILE]",
    is_flag=False,
    flag_value=_OF_THE_API,
    help="Compare the API's own OpenAPI document with what this package sends and reads instead: "
    "which operations, fields, values and ranges does only one of them know? The document is that "
    "of the configured API, or FILE (- reads standard input).",
)
def doctor(*, as_json: bool, drift_from: str | None) -> None:
    """Check settings, key, connection, permission and files, and say what to mend.

    Reads only, and never shows a secret. Exits with 1 when a check fails.

    With --drift, which is for whoever maintains this package, exits with 0 when nothing has
    drifted, 1 when something has, and 2 when the document could not be read. What differs on
    purpose is not counted; --json lists it with the reasons. The document can be had without an
    API key: curl -s https://api.clickhouse.cloud/v1 | clickpipes-mcp doctor --drift -
    """
    if drift_from is not None:
        _show_drift(drift_from, as_json=as_json)
        return
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

    with explained():
        checks = anyio.run(examined)
    is_well = all(check.status != "fail" for check in checks)
    if as_json:
        report = {"ok": is_well, "checks": [vars(check) for check in checks]}
        print_json(report)
    sys.exit(0 if is_well else 1)


def _show(check: "Check") -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.status]
    click.echo(f"{click.style(f'{check.status:<4}', fg=colour)}  {check.name:<18} {check.found}")
    if check.fix:
        click.echo(f"{'':25}→ {check.fix}")


def _show_drift(source: str, *, as_json: bool) -> None:
    import anyio

    from clickpipes_mcp.drift import compare_with_api, compare_with_file
    from clickpipes_mcp.redaction import configure_logging

    configure_logging("error")
    with explained():
        is_of_api = source == _OF_THE_API
        report = anyio.run(compare_with_api) if is_of_api else compare_with_file(source)
    if as_json:
        print_json(report.as_json())
    else:
        for line in report.as_lines():
            click.echo(line)
    sys.exit(1 if report.drift else 0)
