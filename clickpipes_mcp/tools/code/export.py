"""Pipes written down for a repository."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code import FORMATS, Format
from clickpipes_mcp.code.target import Loss, Target, Written, common_losses
from clickpipes_mcp.code.targets import TARGETS
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import Conflict, InvalidArguments, NextAction, Problem
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.tools.addressing import ServiceArguments, find_in, find_service_id
from clickpipes_mcp.tools.code.selection import select
from clickpipes_mcp.tools.pipe_views import source_label
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions, cut

MOST_PIPES: Final = 10
"""Of one call: each costs a request for its settings, and what is written has to be read."""

_MOST_NAMED: Final = 5
_MOST_FOLLOWING: Final = 50


class ExportArguments(ServiceArguments):
    """Which pipes, and as what."""

    format: Format = Field(description="What to write; arguments are those of the create tools.")
    clickpipes: list[Text] | None = Field(
        default=None, description=f"Ids or names; all by default, {MOST_PIPES} in an answer."
    )


class ExportView(View):
    """Text to save in a file."""

    file: str
    content: str


async def export(call: Call[ExportArguments]) -> ExportView:
    """Read the pipes and write them down; what cannot be said is said."""
    arguments = call.arguments
    service = await find_service_id(call.app, arguments, as_known=True)
    pipes = await call.app.client.pipes(service)
    named = arguments.clickpipes
    chosen = pipes if named is None else [find_in(pipes, one).pipe for one in named]
    shown, rest = chosen[:MOST_PIPES], chosen[MOST_PIPES:]
    target = target_named(arguments.format)
    selection, unknown = await select(
        call.app, service, shown, target, whole=named is None and not rest
    )
    written = target.write(selection)
    count = len(selection.pipes)
    return ExportView(
        summary=f"{counted(count, 'ClickPipe')} as {target.name}. No secret stands "
        "in it: variables stand for them.",
        file=f"clickpipes.{target.suffix}",
        content=written.text,
        warnings=list(tell_losses([*common_losses(selection.pipes), *written.losses], unknown)),
        next_actions=actions(*_following(arguments, rest)),
    )


async def write_all(
    app: App, service: str | None, names: Sequence[str], target: str
) -> tuple[str, list[str]]:
    """The named pipes of a service, or all, however many; and what could not be said.

    Raises:
        InvalidArguments: There is no such format.
    """
    if target not in FORMATS:
        raise InvalidArguments([Problem("format", "is no format", FORMATS)])
    own = await find_service_id(app, ServiceArguments(service=service), as_known=True)
    pipes = await app.client.pipes(own)
    chosen = [find_in(pipes, one).pipe for one in names] if names else pipes
    selection, unknown = await select(app, own, chosen, target_named(target), whole=not names)
    written = target_named(target).write(selection)
    losses = [*common_losses(selection.pipes), *written.losses]
    return written.text, list(tell_losses(losses, unknown))


async def write_pipe(app: App, pipe: Pipe, target: str) -> Written:
    """One pipe, and what it uses.

    Raises:
        Conflict: Its kind of source is not known here.
    """
    chosen = target_named(target)
    selection, unknown = await select(app, pipe.service_id, [pipe], chosen, whole=False)
    if unknown:
        raise Conflict(f"This server does not know what the pipe reads: {source_label(pipe)}.")
    return chosen.write(selection)


def target_named(name: str) -> Target:
    """The target of that name."""
    return next(one for one in TARGETS if one.name == name)


def tell_losses(losses: Sequence[Loss], unknown: Sequence[Pipe]) -> Iterator[str]:
    """What is not said, once for all pipes of which it is true."""
    whose: dict[str, list[str]] = {}
    for one in losses:
        whose.setdefault(one.what, []).append(quote(one.pipe))
    for what, pipes in whose.items():
        yield f"{', '.join(cut(pipes, _MOST_NAMED))}: {what}"
    for pipe in unknown:
        yield f"{quote(pipe.name)} reads {quote(source_label(pipe))}, which is left out."


def _following(arguments: ExportArguments, rest: Sequence[Pipe]) -> Iterator[NextAction]:
    if rest:
        following: dict[str, Any] = {
            "format": arguments.format,
            "clickpipes": [pipe.id for pipe in rest[:_MOST_FOLLOWING]],
        }
        yield NextAction("export_clickpipe", f"writes the next of {len(rest)} more", following)


EXPORT = ToolSpec(
    name="export_clickpipe",
    title="Export ClickPipes",
    description="Show pipes as code for a repository: Terraform resources with their imports, "
    "clickhousectl commands, request bodies for curl, calls of our create tools, or YAML "
    "for plan_clickpipes. What a form cannot say, or the API does not show, stands in comments and "
    "warnings.",
    toolset="code",
    effect=Effect.READ,
    arguments=ExportArguments,
    view=ExportView,
    run=export,
)
TOOLS = (EXPORT,)
