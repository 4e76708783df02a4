"""The command that checks an installation."""

import json
import sys
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.reporting import explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.doctor import Check


@click.command(short_help="Check this installation and say what to mend.")
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

    with explained():
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
