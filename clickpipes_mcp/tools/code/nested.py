"""Calls of other tools from within a call: the same arguments, rules, consent and journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.errors import ToolUnavailable
from clickpipes_mcp.tools.arguments import valid_call
from clickpipes_mcp.tools.creating import creation
from clickpipes_mcp.tools.pipes import commands
from clickpipes_mcp.tools.record import Call, ToolSpec
from clickpipes_mcp.tools.tuning import scaling, settings
from clickpipes_mcp.tools.updating import update

_TOOLS: Mapping[str, ToolSpec[Any]] = {
    tool.name: tool
    for room in (update, commands, creation, settings, scaling)
    for tool in room.TOOLS
}


@dataclass(frozen=True)
class Step:
    """One call that a plan comes to. `why` says what it is for."""

    tool: str
    pipe: str
    arguments: Mapping[str, object]
    why: str


def call_within(
    outer: Call[Any],
    step: Step,
    *,
    dry_run: bool = False,
    listed: Sequence[Pipe] | None = None,
) -> Call[Any]:
    """The call of a step, not made yet; in a dry run with the pipes as they were `listed`.

    Raises:
        ToolUnavailable: The operator does not offer that tool.
        InvalidArguments: The arguments break a rule of it.
    """
    if step.tool not in outer.offered and not dry_run:
        raise ToolUnavailable(
            f"It takes {step.tool}, which this server does not offer.",
            fix="Tell the person: the operator decides which tools there are.",
        )
    tool = _TOOLS[step.tool]
    given = {**step.arguments, **({"dry_run": True} if dry_run else {})}
    valid = valid_call(tool, given)
    return Call(
        outer.app,
        tool,
        valid.request,
        valid.form,
        outer.confirmations,
        list(valid.warnings),
        report=outer.report,
        offered=outer.offered,
        principal=outer.principal,
        listed=listed,
    )


def creating(document: Document, service: str) -> Step:
    """The create of a pipe that is not there."""
    paused = document.stopped and "start_paused" in document.spec.create.model_fields
    arguments = {"service": service, **document.arguments}
    return Step(
        f"create_{document.spec.key}_clickpipe",
        document.name,
        arguments | ({"start_paused": True} if paused else {}),
        "creates it",
    )
