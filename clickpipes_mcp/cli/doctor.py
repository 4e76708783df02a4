"""The command that checks an installation."""

import sys
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.printing import hung, print_json
from clickpipes_mcp.cli.reporting import explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.doctor import Check


_OF_THE_API = ""
_INDENT = 25


@click.command(short_help="Check this installation and say what to mend.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@click.option("--fix", "is_mending", is_flag=True, help="Do what is safe, and say what was done.")
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
def doctor(*, as_json: bool, is_mending: bool, drift_from: str | None) -> None:
    """Check settings, key, connection, permission and files, and say what to mend.

    Reads only, takes at most six of the key's ten requests in ten seconds, and never shows a
    secret. Exits with 1 when a check fails. With --fix files of secrets are closed to other users,
    and an assistant that starts a program that is gone starts this one.

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

    async def examined() -> "list[tuple[Check, str]]":
        checks = []
        async for check in examine():
            done = _mend(check) if is_mending else ""
            checks.append((check, done))
            if not as_json:
                _show(check, done)
        return checks

    with explained():
        checks = anyio.run(examined)
    is_well = all(check.status != "fail" for check, _ in checks)
    if as_json:
        print_json({"ok": is_well, "checks": [_as_json(check, done) for check, done in checks]})
    sys.exit(0 if is_well else 1)


def _mend(check: "Check") -> str:
    """What was done about it; empty where nothing was."""
    if check.status == "ok" or check.mend is None:
        return ""
    from clickpipes_mcp.connecting import NotEditable

    try:
        return f"done: {check.mend()}"
    except (OSError, NotEditable) as error:
        return f"not done: {getattr(error, 'strerror', None) or error}"


def _as_json(check: "Check", done: str) -> dict[str, str]:
    told = {"name": check.name, "status": check.status, "found": check.found, "fix": check.fix}
    return told | ({"mending": done} if done else {})


def _show(check: "Check", done: str) -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.status]
    click.echo(f"{click.style(f'{check.status:<4}', fg=colour)}  {check.name:<18} ", nl=False)
    click.echo(hung(check.found, _INDENT))
    for told in (f"→ {check.fix}" if check.fix else "", done):
        if told:
            click.echo(" " * _INDENT + hung(told, _INDENT))


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
