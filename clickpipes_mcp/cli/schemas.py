"""The command that keeps the published schemas."""

import sys
from pathlib import Path

import click

from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import explained


@click.command(short_help="Write, check or convert the published schemas of the tools.")
@click.option("--write", "does_write", is_flag=True, help="Bring the files up to date.")
@click.option("--check", "does_check", is_flag=True, help="Exit with 1 when they are not.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["mcp", "anthropic", "openai", "openai-strict", "openai-chat", "gemini"]),
    help="Print the tools as functions for an agent that does not speak MCP.",
)
@click.option(
    "--folder",
    metavar="DIR",
    help="Where the files are, in the package by default; with --format, where to write them "
    "instead of printing, one file a tool.",
)
def schemas(
    *, does_write: bool, does_check: bool, format_name: str | None, folder: str | None
) -> None:
    """Write, or check, the published schema of every tool and the page of rules.

    With --format the tools that the settings leave are printed as functions instead, as one JSON
    array; what that format cannot say is counted on standard error. `clickpipes-mcp call` runs one.
    """
    if [does_write, does_check, format_name is not None].count(True) != 1:
        raise click.UsageError("Say one of --write, --check and --format.")
    from clickpipes_mcp import first_answers, schema_export
    from clickpipes_mcp.published_schemas import PUBLISHED

    if format_name is not None:
        _convert(format_name, None if folder in (None, "-") else Path(folder))
        return
    kept_in = Path(folder) if folder else PUBLISHED
    if does_write:
        click.echo(f"{schema_export.write(kept_in)} files in {kept_in}")
        if not folder:
            first_answers.write()
        return
    differences = schema_export.differences(kept_in)
    differences += [] if folder else first_answers.differences()
    for line in differences:
        click.echo(f"{kept_in}: {line}")
    if differences:
        click.echo(f"To mend it: clickpipes-mcp schemas --write --folder {kept_in}")
        sys.exit(1)


def _convert(format_name: str, folder: Path | None) -> None:
    from clickpipes_mcp import schema_export
    from clickpipes_mcp.schema_formats import losses

    with explained():
        functions = schema_export.converted(format_name)
    if folder is None:
        print_json([function.definition for function in functions])
    else:
        click.echo(f"{schema_export.write_functions(functions, folder)} files in {folder}")
    lost = losses(functions)
    if lost:
        counts = ", ".join(f"{keyword} ({count})" for keyword, count in lost.items())
        click.echo(f"Not expressible as {format_name}: {counts}.", err=True)
