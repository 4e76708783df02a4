"""The command that tells who may call over HTTP."""

import os
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.http import Caller


@click.command(short_help="Tell who may call over HTTP, and what each may do.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def callers(*, as_json: bool) -> None:
    """Tell who may call over HTTP: what each sees, and how far it may go.

    It reads the files that the server of these settings reads, and shows no token and no key.
    """
    with explained():
        from clickpipes_mcp.http import list_callers
        from clickpipes_mcp.settings import connections, load_settings

        settings = load_settings()
        found = list_callers(settings, connections(settings, os.environ))
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        click.echo(_told(one))
    if not found:
        click.echo("Nobody has to say who calls: neither tokens nor an issuer are set.")


def _as_json(caller: "Caller") -> dict[str, object]:
    return {
        "caller": caller.name,
        "known_by": caller.known_by,
        "may_call": not caller.why_not,
        "why_not": caller.why_not,
        "may": dict(caller.may),
    }


def _told(caller: "Caller") -> str:
    seen = ", ".join(f"{name}: {level}" if name else level for name, level in caller.may.items())
    kept_out = f"cannot call: {caller.why_not}" if caller.why_not else ""
    return f"{caller.known_by} {caller.name}  {'; '.join(filter(None, (kept_out, seen)))}"
