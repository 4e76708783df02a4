"""All commands of the program."""

import click
from typing_extensions import override

from clickpipes_mcp import __version__
from clickpipes_mcp.cli.approve import approve
from clickpipes_mcp.cli.call import call
from clickpipes_mcp.cli.callers import callers
from clickpipes_mcp.cli.code import apply, export, plan
from clickpipes_mcp.cli.connect import connect
from clickpipes_mcp.cli.demo import demo
from clickpipes_mcp.cli.doctor import doctor
from clickpipes_mcp.cli.journal import journal
from clickpipes_mcp.cli.package import package
from clickpipes_mcp.cli.schemas import schemas
from clickpipes_mcp.cli.seal import seal
from clickpipes_mcp.cli.serve import serve
from clickpipes_mcp.cli.simulate import simulate
from clickpipes_mcp.cli.status import status
from clickpipes_mcp.cli.store import store

DEFAULT_COMMAND = "serve"
_OWN_OPTIONS = frozenset({"--help", "-h", "--version"})


class _Program(click.Group):
    """A group that serves when no command is named, as MCP clients expect."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_command = bool(args) and not args[0].startswith("-")
        if not is_command and not _OWN_OPTIONS.intersection(args[:1]):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="clickpipes-mcp")
def program() -> None:
    """MCP server for ClickPipes, the managed ingestion of ClickHouse Cloud.

    Without a command it serves over standard input and output. The API key and all other settings
    come from the environment; without a key the built-in simulator answers.
    """


COMMANDS = (
    serve,
    connect,
    demo,
    approve,
    simulate,
    schemas,
    package,
    call,
    status,
    doctor,
    journal,
    callers,
    seal,
    store,
    export,
    plan,
    apply,
)
for command in COMMANDS:
    program.add_command(command)
