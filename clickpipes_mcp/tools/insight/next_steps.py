"""From the steps of a finding to calls that can be made as they stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from clickpipes_mcp.diagnosis import Step, StepKind
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.tools.insight import discovery, guide, metrics
from clickpipes_mcp.tools.network import network_paths
from clickpipes_mcp.tools.pipes import commands, inventory, listing, wait
from clickpipes_mcp.tools.record import Effect, ToolSpec
from clickpipes_mcp.tools.tuning import cdc_scaling, scaling, settings
from clickpipes_mcp.tools.updating import update
from clickpipes_mcp.tools.views import MOST_NEXT_ACTIONS

_ADDRESSING = commands.StartArguments
_AGREEMENT = frozenset({"confirmation_token"})
_MODULES = (
    inventory,
    listing,
    update,
    commands,
    wait,
    settings,
    scaling,
    cdc_scaling,
    discovery,
    metrics,
    guide,
    network_paths,
)
SUGGESTED: Mapping[str, ToolSpec[Any]] = {
    spec.name: spec for module in _MODULES for spec in module.TOOLS
}
"""The tools that a diagnosis may suggest, by name."""


def is_destructive(step: Step) -> bool:
    """Whether it is a call that always takes something away, so that a person has to agree."""
    spec = SUGGESTED.get(step.code) if step.kind is StepKind.TOOL_CALL else None
    return spec is not None and spec.effect is Effect.DESTRUCTIVE and not _says_what_to_change(spec)


Completion: TypeAlias = Callable[[Step], NextAction | None]
"""Makes a whole call of a step that names none of its arguments, where that can be done."""


def calls(
    steps: Iterable[Step], known: Mapping[str, object], complete: Completion | None = None
) -> list[NextAction]:
    """The tool calls among steps, completed with what is known (`clickpipe`, `source`, …).

    Those that need more than that are left out, unless `complete` makes them whole.
    """
    found: dict[str, NextAction] = {}
    for action in _complete(steps, known, complete):
        found.setdefault(action.tool, action)
    return list(found.values())[:MOST_NEXT_ACTIONS]


def _complete(
    steps: Iterable[Step], known: Mapping[str, object], complete: Completion | None
) -> Iterator[NextAction]:
    for step in steps:
        whole = complete(step) if complete and step.kind is StepKind.TOOL_CALL else None
        if whole:
            yield whole
            continue
        spec = SUGGESTED.get(step.code) if step.kind is StepKind.TOOL_CALL else None
        if spec is None:
            continue
        arguments: dict[str, object] = {**step.arguments}
        fields = spec.arguments.model_fields
        if not step.arguments and _says_what_to_change(spec):
            continue
        needed = {name for name, info in fields.items() if info.is_required()}
        for name in needed | (fields.keys() & {"clickpipe"}):
            if name in known:
                arguments.setdefault(name, known[name])
        if needed <= arguments.keys():
            yield NextAction(spec.name, step.text, arguments)


def _says_what_to_change(spec: ToolSpec[Any]) -> bool:
    """Whether a call that only names the pipe would be empty."""
    own = spec.arguments.model_fields.keys() - _ADDRESSING.model_fields.keys() - _AGREEMENT
    return spec.effect in (Effect.WRITE, Effect.DESTRUCTIVE) and bool(own)
