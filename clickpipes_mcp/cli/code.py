"""The commands for pipes as code: write them down, compare a file, carry it out."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import click

from clickpipes_mcp.cli.opening import run_with_app
from clickpipes_mcp.cli.printing import print_json
from clickpipes_mcp.cli.reporting import explained
from clickpipes_mcp.code import FORMATS

if TYPE_CHECKING:  # everything else is imported when a command runs: start-up time
    from clickpipes_mcp.app import App
    from clickpipes_mcp.tools.code.apply import ApplyView
    from clickpipes_mcp.tools.code.plan import PlanView

SOMETHING_TO_DO = 1
Work: TypeAlias = "Callable[[App], Awaitable[Any]]"

_service = click.option("--service", metavar="NAME", help="Id or name; needed where several are.")
_connection = click.option("--connection", metavar="NAME", help="The connection to use.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
_file = click.argument("file", type=click.File(encoding="utf-8"))


@click.command(name="export", short_help="Write pipes down as code.")
@click.argument("names", metavar="[PIPE]...", nargs=-1)
@click.option(
    "--format",
    "as_format",
    metavar="NAME",
    default="yaml",
    show_default=True,
    help=f"One of {', '.join(FORMATS)}.",
)
@click.option("--schema", is_flag=True, help="Write the JSON Schema of a document instead.")
@_service
@_connection
def export(
    *,
    names: Sequence[str],
    as_format: str,
    schema: bool,
    service: str | None,
    connection: str | None,
) -> None:
    """Write pipes down, all of a service by default, on standard output.

    What cannot be said of them goes to standard error.
    """
    if schema:
        from clickpipes_mcp.code.file_schema import file_schema

        print_json(file_schema())
        return

    async def work(app: "App") -> tuple[str, list[str]]:
        from clickpipes_mcp.tools.code.export import write_all

        return await write_all(app, service, names, as_format)

    with explained():
        content, warnings = _run(work, connection)
    click.echo(content, nl=False)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


@click.command(name="plan", short_help="Compare a file of pipes with a service.")
@_file
@_service
@_connection
@_json
def plan(*, file: IO[str], service: str | None, connection: str | None, as_json: bool) -> None:
    """Compare FILE (- reads standard input) with a service, and send nothing.

    Exits with 0 where nothing is to do, 1 where something is, 2 where it could not be told.
    """
    content = file.read()

    async def work(app: "App") -> "PlanView":
        from clickpipes_mcp.tools.code.plan import PLAN, show_plan
        from clickpipes_mcp.tools.code.room import WHOLE

        return await show_plan(_call(app, PLAN, {"content": content, "service": service}), WHOLE)

    with explained():
        view = _run(work, connection)
    _show(view, as_json=as_json)
    sys.exit(SOMETHING_TO_DO if view.is_something_to_do else 0)


@click.command(name="apply", short_help="Change a service to what a file of pipes says.")
@_file
@click.option("--delete", metavar="NAME", multiple=True, help="A pipe to delete; can be repeated.")
@click.option(
    "--agree",
    metavar="NAME",
    multiple=True,
    help="A pipe that may be stopped, or lose something by its change; can be repeated.",
)
@_service
@_connection
@_json
def apply(
    *,
    file: IO[str],
    delete: Sequence[str],
    agree: Sequence[str],
    service: str | None,
    connection: str | None,
    as_json: bool,
) -> None:
    """Carry FILE (- reads standard input) out, step by step. Nobody is asked.

    What loses something is done only to pipes that --delete or --agree name. Exits with 0 where all
    is done, 1 where steps are left, 2 where nothing could be done.
    """
    given: dict[str, object] = {
        "content": file.read(),
        "service": service,
        "delete": list(delete) or None,
    }

    async def work(app: "App") -> "ApplyView":
        from clickpipes_mcp.tools.code.apply import APPLY, apply_named

        return await apply_named(_call(app, APPLY, given), {*delete, *agree})

    with explained():
        view = _run(work, connection)
    _show(view, as_json=as_json)
    sys.exit(SOMETHING_TO_DO if view.left else 0)


def _call(app: "App", tool: Any, given: dict[str, object]) -> Any:  # noqa: ANN401 # of that tool
    """A call as an assistant would make it, with the tools that the operator's level leaves."""
    from clickpipes_mcp.consent import ConfirmationTokens
    from clickpipes_mcp.server import offered_tools
    from clickpipes_mcp.settings import TOOLSETS
    from clickpipes_mcp.tools import Call
    from clickpipes_mcp.tools.arguments import valid_call

    valid = valid_call(tool, {name: one for name, one in given.items() if one is not None})
    all_sets = app.settings.model_copy(update={"toolsets": TOOLSETS})
    offered = frozenset(one.name for one in offered_tools(all_sets))
    return Call(
        app, tool, valid.request, valid.form, ConfirmationTokens(app.clock), offered=offered
    )


def _run(work: Work, connection: str | None) -> Any:  # noqa: ANN401 # what the work comes to
    async def placed(app: "App") -> Any:  # noqa: ANN401 # as above
        return _placed(await work(app), app)

    return run_with_app(placed, connection)


def _placed(done: Any, app: "App") -> Any:  # noqa: ANN401 # as above
    """An answer that says where it comes from."""
    from clickpipes_mcp.tools.views import View

    if isinstance(done, View):
        return done.model_copy(update={"environment": app.settings.where})
    return done


def _show(view: Any, *, as_json: bool) -> None:  # noqa: ANN401 # of any tool
    from clickpipes_mcp.tools.views import structured_content, text

    if as_json:
        print_json(structured_content(view))
    else:
        click.echo(text(view))
