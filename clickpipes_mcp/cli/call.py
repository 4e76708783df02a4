"""The command that runs one tool from a shell."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.opening import opened
from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import Unusable, explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.one_call import Answer


_HIDDEN = frozenset({"pin"})
"""Fields of a question that nobody who looks at the terminal shall read."""


@click.command(short_help="Run one tool and print its answer.")
@click.argument("tool")
@click.argument("arguments", default="{}")
@click.option("--json", "as_json", is_flag=True, help="The answer as one JSON document.")
def call(*, tool: str, arguments: str, as_json: bool) -> None:
    """Run TOOL with ARGUMENTS, a JSON object (- reads standard input), as an assistant would.

    Takes the same settings as the server, and asks here, where this is a terminal, what a person
    has to agree to. No page is shown: it would be gone with this command. Exits with 1 where the
    tool answers an error.
    """
    given = _read(arguments)
    with explained():
        answer = _called(tool, given)
    if as_json:
        print_json(answer.content)
    else:
        click.echo(answer.text)
    sys.exit(1 if answer.is_error else 0)


def _called(tool: str, given: Mapping[str, object]) -> "Answer":
    import anyio

    from clickpipes_mcp.one_call import call_once

    server, *_ = opened()
    ask = _ask if sys.stdin.isatty() else None
    return anyio.run(call_once, server, tool, given, ask)


def _read(arguments: str) -> Mapping[str, object]:
    try:
        given = json.loads(sys.stdin.read() if arguments == "-" else arguments)
    except (ValueError, RecursionError) as error:
        raise Unusable("ARGUMENTS is no JSON.") from error
    if not isinstance(given, dict):
        raise Unusable('ARGUMENTS must be a JSON object, such as \'{"clickpipe": "orders"}\'.')
    return given


def _ask(question: str, wanted: Mapping[str, object]) -> Mapping[str, str] | None:
    """Ask in the terminal; an empty line agrees to nothing."""
    click.echo(question, err=True)
    given: dict[str, str] = {}
    for name, schema in wanted.items():
        choices = schema.get("enum") if isinstance(schema, dict) else None
        label = f"{name} ({', '.join(choices)})" if choices else name
        hides = name in _HIDDEN
        typed = click.prompt(label, default="", show_default=False, hide_input=hides, err=True)
        given[name] = typed.strip()
        if not given[name]:
            return None
    return given
