"""The size that all database pipes of a service share."""

from functools import partial

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.app import App
from clickpipes_mcp.cdc_scaling import CDC_SCALING_RULES, CdcScalingRequest
from clickpipes_mcp.cloud import CdcScaling
from clickpipes_mcp.consent import Impact, Operation, costs_raised
from clickpipes_mcp.errors import Conflict, NextAction, RefusedByApi
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.changes import ChangeOutcome, show_change
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.tuning.headroom import tell_headroom
from clickpipes_mcp.tools.tuning.sizes import read_size, say, size_in_force, tell_memory
from clickpipes_mcp.tools.views import View, actions
from clickpipes_mcp.tools.writes import Write, send

NOT_FOUND = 404


class CdcSize(BaseModel):
    """What all database pipes of a service share."""

    model_config = ConfigDict(frozen=True)

    replica_cpu_millicores: int | None = None
    replica_memory_gb: float | None = None


class CdcScalingView(View):
    """The shared size of a service's database pipes."""

    scaling: CdcSize | None = None


class CdcScalingArguments(ConfirmedArguments, DryRunArguments, CdcScalingRequest, ServiceArguments):
    """The size to give the shared resources."""


def _size(scaling: CdcScaling) -> CdcSize:
    return CdcSize(
        replica_cpu_millicores=scaling.replica_cpu_millicores,
        replica_memory_gb=scaling.replica_memory_gb,
    )


async def get_cdc_scaling(call: Call[ServiceArguments]) -> CdcScalingView:
    """The shared size in force."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    scaling = await _held(call.app, service)
    return CdcScalingView(
        summary="Size shared by all database pipes of the service.", scaling=_size(scaling)
    )


async def _held(app: App, service: str) -> CdcScaling:
    try:
        return await app.client.cdc_scaling(service)
    except RefusedByApi as error:
        raise _not_there_yet(error) from error


def _not_there_yet(error: RefusedByApi) -> Exception:
    if error.status != NOT_FOUND:
        return error
    return Conflict(
        "The service has no CDC resources: they exist from its first database pipe until its "
        "last one is deleted.",
        fix="Create a database pipe first.",
        request_id=error.request_id,
    )


async def prepare_cdc_scaling(call: Call[CdcScalingArguments]) -> Prepared:
    """Resize what is shared; a person is asked before it costs more, where that is wanted."""
    service = await find_service_id(call.app, call.arguments)
    act = partial(_resize, call, service)
    if call.is_dry_run or "costs" not in call.app.settings.ask_for:
        return Prepared(None, act)
    size = say(read_size(call, CdcScalingRequest, CDC_SCALING_RULES).body())
    held = await _held(call.app, service)
    raised = costs.raised_by_cdc_scaling(held, call.arguments)
    if raised is None:
        return Prepared(None, act)
    now = say(size_in_force(held)) or "not shown"
    impact = Impact(
        operation=Operation.RAISE_COSTS,
        noun="CDC resources of the service",
        service_id=service,
        subject_id=service,
        subject_name=service.partition("-")[0],
        kind="shared by all database pipes of the service",
        state="",
        version=now,
        consequences=costs_raised(raised),
        detail=f"Size now: {now}. New size: {size}.",
        change=size,
        simulated=call.app.settings.environment == "simulator",
    )
    return Prepared(impact, act)


async def _resize(call: Call[CdcScalingArguments], service: str) -> ChangeOutcome:
    body = read_size(call, CdcScalingRequest, CDC_SCALING_RULES).body()
    request = (await call.app.client.requests()).update_cdc_scaling(service, body)
    write = Write(request, "update CDC scaling", service)
    if call.is_dry_run:
        return await _show_cdc_scaling(call, write)
    try:
        await send(call, write)
    except RefusedByApi as error:
        raise _not_there_yet(error) from error
    return ChangeOutcome(
        summary=f"Resizing the CDC resources of the service: {say(body)}. It takes minutes to "
        "show and affects every database pipe of the service.",
        effects=tell_memory(None, call.arguments, follows=True) or None,
        costs=costs.of_cdc_size(call.arguments) or None,
        next_actions=actions(NextAction("get_cdc_scaling", "shows the size in force")),
    )


async def _show_cdc_scaling(
    call: Call[CdcScalingArguments], write: Write[CdcScaling]
) -> ChangeOutcome:
    held = await _held(call.app, write.service_id)
    size = size_in_force(held)
    return show_change(
        call,
        write,
        "Would resize the CDC resources of the service.",
        size,
        effects=[
            "affects every database pipe of the service; takes minutes to show",
            *tell_memory(held, call.arguments, follows=True),
            *await tell_headroom(call.app, write.service_id, size, write.request.body or {}),
        ],
        costs=costs.of_cdc_scaling(held, call.arguments),
    )


GET_CDC_SCALING = ToolSpec(
    name="get_cdc_scaling",
    title="Get CDC scaling",
    description="Show the CPU and memory that all database pipes of a service share.",
    toolset="tuning",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=CdcScalingView,
    run=get_cdc_scaling,
)
UPDATE_CDC_SCALING = ToolSpec(
    name="update_cdc_scaling",
    title="Update CDC scaling",
    description="Change the CPU and memory that all database pipes of a service share, and so "
    "their costs. Use it for large initial loads, and scale back afterwards. It takes minutes.",
    toolset="tuning",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=CdcScalingArguments,
    view=ChangeOutcome,
    prepare=prepare_cdc_scaling,
)
TOOLS = (GET_CDC_SCALING, UPDATE_CDC_SCALING)
