"""The size of one streaming or object-storage pipe."""

from functools import partial

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import Operation, costs_raised
from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.scaling import SCALING_RULES, ScalingRequest
from clickpipes_mcp.tools import costs, pipe_views
from clickpipes_mcp.tools.addressing import PipeArguments, find_among, find_pipe
from clickpipes_mcp.tools.agreement import ConfirmedArguments, impact_on
from clickpipes_mcp.tools.changes import ChangeOutcome, show_change
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.tuning.headroom import tell_headroom
from clickpipes_mcp.tools.tuning.sizes import read_size, say, size_in_force, tell_memory
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send, write_to


class ScaleArguments(ConfirmedArguments, DryRunArguments, ScalingRequest, PipeArguments):
    """The size to give a pipe; what is left out stays."""


async def prepare_scale(call: Call[ScaleArguments]) -> Prepared:
    """Resize a pipe; where the operator wants it, a person is asked before it costs more."""
    if "costs" not in call.app.settings.ask_for:
        return Prepared(None, partial(_find_and_scale, call))
    found = await find_among(call.app, call.arguments)
    raised, size = _raised(call, found.pipe), say(_size(call).body())
    act = partial(_scale, call, found.pipe)
    if raised is None:
        return Prepared(None, act)
    kind, consequences = Operation.RAISE_COSTS, costs_raised(raised)
    told = f"New size: {size}."
    return Prepared(impact_on(call, found, kind, consequences, detail=told, change=size), act)


async def _find_and_scale(call: Call[ScaleArguments]) -> ChangeOutcome:
    return await _scale(call, await find_pipe(call.app, call.arguments))


def _size(call: Call[ScaleArguments]) -> ScalingRequest:
    return read_size(call, ScalingRequest, SCALING_RULES)


def _raised(call: Call[ScaleArguments], pipe: Pipe) -> str | None:
    """What it costs afterwards, where that is more."""
    spec = pipe_views.spec_of(pipe)
    if spec is not None and (spec.charges is None or spec.family is Family.DATABASE):
        return None
    return costs.raised_by_scaling(pipe.scaling, call.arguments)


async def _scale(call: Call[ScaleArguments], pipe: Pipe) -> ChangeOutcome:
    """Resize one streaming or object-storage pipe."""
    spec = pipe_views.spec_of(pipe)
    if spec is not None and spec.family is Family.DATABASE:
        raise Conflict(
            "A database pipe has no size of its own: all of a service share one.",
            fix="Use update_cdc_scaling.",
            next_actions=[NextAction("get_cdc_scaling", "shows the shared size")],
        )
    body = _size(call).body()
    requests, name = await call.app.client.requests(), clean(pipe.name, limit=80)
    write = write_to(pipe, "scale", requests.scale_pipe(pipe.service_id, pipe.id, body))
    held = size_in_force(pipe.scaling)
    told = tell_memory(pipe.scaling, call.arguments, follows=False)
    if call.is_dry_run:
        headroom = await tell_headroom(call.app, pipe.service_id, held, body, pipe)
        return show_change(
            call,
            write,
            f"Would scale “{name}”.",
            held,
            effects=[*scaling_effects(spec), *told, *headroom],
            costs=costs.of_scaling(pipe.scaling, call.arguments),
        )
    scaled = await send(call, write)
    return ChangeOutcome(
        summary=f"Scaling “{name}”: {say(body)}. It takes a moment to show.",
        clickpipe=pipe_views.row(scaled),
        effects=told or None,
        costs=costs.of_scaling(pipe.scaling, call.arguments),
        next_actions=actions(
            NextAction("get_clickpipe", "shows the size in force", {"clickpipe": pipe.id})
        ),
    )


def scaling_effects(spec: SourceSpec | None) -> list[str]:
    """What a new size of such a pipe does beside its costs."""
    effects = ["the API shows the new size after a moment"]
    if spec is not None and spec.family is Family.OBJECT_STORAGE:
        effects.append("the documentation says that the size of such a pipe is fixed at creation")
    return effects


SCALE = ToolSpec(
    name="scale_clickpipe",
    title="Scale a ClickPipe",
    description="Change replicas, CPU or memory of one streaming or object-storage pipe, and so "
    "its costs; dry_run tells whether the size holds it back. Database pipes share one size: "
    "use update_cdc_scaling.",
    toolset="tuning",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=ScaleArguments,
    view=ChangeOutcome,
    prepare=prepare_scale,
)
TOOLS = (SCALE,)
