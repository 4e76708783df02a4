"""Settings and sizes of pipes that exist."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from clickpipes_mcp.cloud import ApiRequest, CdcScaling, Pipe, RequestBody, Scaling
from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.errors import Conflict, InvalidArguments, NextAction, RefusedByApi
from clickpipes_mcp.operations import (
    CDC_SCALING_RULES,
    SCALING_RULES,
    SETTING_FACTS,
    CdcScalingRequest,
    PipeSettings,
    ScalingRequest,
    settings_rules,
)
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import costs
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, ServiceArguments, service_id, target
from clickpipes_mcp.tools.arguments import apply, valid_part
from clickpipes_mcp.tools.changes import ChangeOutcome, Verdict, object_changes
from clickpipes_mcp.tools.dry_run import DryRunArguments, as_dry_run, preview, sent
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions

NOT_FOUND = 404
R = TypeVar("R", bound=Request)


class SettingsView(View):
    """Advanced settings as they are in force."""

    id: str
    settings: dict[str, JsonValue]


class SettingsArguments(DryRunArguments, PipeArguments):
    """What to set; what is left out keeps its value."""

    settings: PipeSettings = Field(description="Only the settings to change.")


async def get_settings(call: Call[PipeArguments]) -> SettingsView:
    """The settings the API knows of a pipe."""
    pipe = await target(call.app, call.arguments)
    _refuse_database(pipe)
    found = await call.app.client.pipe_settings(pipe.service_id, pipe.id)
    return SettingsView(
        summary=f"Settings of “{clean(pipe.name, limit=80)}”; what is not listed has its default.",
        id=pipe.id,
        settings=found.values,
    )


def _refuse_database(pipe: Pipe) -> None:
    spec = shown.spec_of(pipe)
    if spec is not None and spec.family is Family.DATABASE:
        raise Conflict(
            "Database pipes have no advanced settings.",
            fix="Their sync interval and batch size are source.settings of update_clickpipe; "
            "their configuration is in get_clickpipe.",
            next_actions=[NextAction("get_clickpipe", "shows them", {"clickpipe": pipe.id})],
        )


async def update_settings(call: Call[SettingsArguments]) -> ChangeOutcome:
    """Merge settings into those in force."""
    pipe = await target(call.app, call.arguments)
    _refuse_database(pipe)
    spec = shown.spec_of(pipe)
    rules = settings_rules(spec.family, spec.arm) if spec else ()
    given = call.arguments.settings.model_dump(exclude_unset=True)
    valid = valid_part(PipeSettings, given, rules, at="settings")
    call.warnings += valid.warnings
    body = valid.request.body()
    client = call.app.client
    if call.is_dry_run:
        held = await client.pipe_settings(pipe.service_id, pipe.id)
        request = (await client.requests()).put_pipe_settings(pipe.service_id, pipe.id, body)
        return _foretold(
            request,
            f"Would set {', '.join(body)}.",
            {**_default_settings(), **held.values},
            body,
            effects=["settings left out keep their values; ingestion goes on"],
        )
    await sent(
        call,
        "update settings",
        lambda: client.put_pipe_settings(pipe.service_id, pipe.id, body),
        service_id=pipe.service_id,
        pipe=pipe,
    )
    return ChangeOutcome(
        summary=f"Set {', '.join(body)} on “{clean(pipe.name, limit=80)}”.",
        clickpipe=shown.row(pipe),
        next_actions=actions(
            NextAction("get_clickpipe_settings", "shows all of them", {"clickpipe": pipe.id})
        ),
    )


class ScaleArguments(DryRunArguments, ScalingRequest, PipeArguments):
    """The size to give a pipe; what is left out stays."""


async def scale(call: Call[ScaleArguments]) -> ChangeOutcome:
    """Resize one streaming or object-storage pipe."""
    pipe = await target(call.app, call.arguments)
    spec = shown.spec_of(pipe)
    if spec is not None and spec.family is Family.DATABASE:
        raise Conflict(
            "A database pipe has no size of its own: all of a service share one.",
            fix="Use update_cdc_scaling.",
            next_actions=[NextAction("get_cdc_scaling", "shows the shared size")],
        )
    body = _part(call, ScalingRequest, SCALING_RULES).body()
    client, name = call.app.client, clean(pipe.name, limit=80)
    if call.is_dry_run:
        request = (await client.requests()).scale_pipe(pipe.service_id, pipe.id, body)
        return _foretold(
            request,
            f"Would scale “{name}”.",
            _live_size(pipe.scaling),
            body,
            effects=_scaling_effects(spec),
            costs=costs.of_scaling(pipe.scaling, call.arguments),
        )
    scaled = await sent(
        call,
        "scale",
        lambda: client.scale_pipe(pipe.service_id, pipe.id, body),
        service_id=pipe.service_id,
        pipe=pipe,
    )
    return ChangeOutcome(
        summary=f"Scaling “{name}”: {_said(body)}. It takes a moment to show.",
        clickpipe=shown.row(scaled),
        next_actions=actions(
            NextAction("get_clickpipe", "shows the size in force", {"clickpipe": pipe.id})
        ),
    )


def _scaling_effects(spec: SourceSpec | None) -> list[str]:
    effects = ["the API shows the new size after a moment"]
    if spec is not None and spec.family is Family.OBJECT_STORAGE:
        effects.append("the documentation says that the size of such a pipe is fixed at creation")
    return effects


def _part(call: Call[Any], model: type[R], rules: tuple[Any, ...]) -> R:
    """The fields of a call that make up a request of their own."""
    given = call.arguments.model_dump(include=set(model.model_fields), exclude_unset=True)
    request = model.model_validate(given)
    refused, warnings = apply(rules, request, call.form)
    if refused:
        raise InvalidArguments(refused)
    call.warnings += warnings
    return request


def _said(body: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in body.items())


class CdcSize(BaseModel):
    """What all database pipes of a service share."""

    model_config = ConfigDict(frozen=True)

    replica_cpu_millicores: int | None = None
    replica_memory_gb: float | None = None


class CdcScalingView(View):
    """The shared size of a service's database pipes."""

    scaling: CdcSize | None = None


class CdcScalingArguments(DryRunArguments, CdcScalingRequest, ServiceArguments):
    """The size to give the shared resources."""


def _size(scaling: CdcScaling) -> CdcSize:
    return CdcSize(
        replica_cpu_millicores=scaling.replica_cpu_millicores,
        replica_memory_gb=scaling.replica_memory_gb,
    )


async def get_cdc_scaling(call: Call[ServiceArguments]) -> CdcScalingView:
    """The shared size in force."""
    service = await service_id(call.app, call.arguments)
    try:
        scaling = await call.app.client.cdc_scaling(service)
    except RefusedByApi as error:
        raise _not_there_yet(error) from error
    return CdcScalingView(
        summary="Size shared by all database pipes of the service.", scaling=_size(scaling)
    )


def _not_there_yet(error: RefusedByApi) -> Exception:
    if error.status != NOT_FOUND:
        return error
    return Conflict(
        "The service has no CDC resources: they exist from its first database pipe until its "
        "last one is deleted.",
        fix="Create a database pipe first.",
        request_id=error.request_id,
    )


async def update_cdc_scaling(call: Call[CdcScalingArguments]) -> ChangeOutcome:
    """Resize the shared resources."""
    service = await service_id(call.app, call.arguments)
    body = _part(call, CdcScalingRequest, CDC_SCALING_RULES).body()
    client = call.app.client
    if call.is_dry_run:
        return await _foretold_cdc_scaling(call, service, body)
    try:
        await sent(
            call,
            "update CDC scaling",
            lambda: client.update_cdc_scaling(service, body),
            service_id=service,
        )
    except RefusedByApi as error:
        raise _not_there_yet(error) from error
    return ChangeOutcome(
        summary=f"Resizing the CDC resources of the service: {_said(body)}. It takes minutes to "
        "show and affects every database pipe of the service.",
        next_actions=actions(NextAction("get_cdc_scaling", "shows the size in force")),
    )


async def _foretold_cdc_scaling(
    call: Call[CdcScalingArguments], service: str, body: RequestBody
) -> ChangeOutcome:
    client = call.app.client
    try:
        held = await client.cdc_scaling(service)
    except RefusedByApi as error:
        raise _not_there_yet(error) from error
    return _foretold(
        (await client.requests()).update_cdc_scaling(service, body),
        "Would resize the CDC resources of the service.",
        _live_size(held),
        body,
        effects=["affects every database pipe of the service; takes minutes to show"],
        costs=costs.of_cdc_scaling(held, call.arguments),
    )


def _foretold(
    request: ApiRequest,
    summary: str,
    held: Mapping[str, object],
    body: RequestBody,
    *,
    effects: list[str],
    costs: list[str] | None = None,
) -> ChangeOutcome:
    """The answer of a dry run: the request, and what it would change of what is held."""
    return ChangeOutcome(
        summary=as_dry_run(summary),
        request=preview(request),
        changes=list(object_changes(held, body, Verdict.IN_PLACE)),
        effects=effects,
        costs=costs,
    )


def _default_settings() -> dict[str, object]:
    """The API may leave out what nobody set."""
    return {name: fact.default for name, fact in SETTING_FACTS.items()}


def _live_size(held: Scaling | CdcScaling | None) -> dict[str, object]:
    """A size under the API's keys; zero and absent are sizes that have not settled yet."""
    found = held.model_dump(by_alias=True, exclude={"request_id"}) if held else {}
    return {key: value for key, value in found.items() if value}


GET_SETTINGS = ToolSpec(
    name="get_clickpipe_settings",
    title="Get ClickPipe settings",
    description="Show the advanced ingestion settings of a streaming or object-storage pipe. Free.",
    toolset="tuning",
    effect=Effect.READ,
    arguments=PipeArguments,
    view=SettingsView,
    run=get_settings,
)
UPDATE_SETTINGS = ToolSpec(
    name="update_clickpipe_settings",
    title="Update ClickPipe settings",
    description="Change advanced ingestion settings of a streaming or object-storage pipe; those "
    "left out stay. streaming_* is for streams, object_storage_* and clickhouse_* for files.",
    toolset="tuning",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=SettingsArguments,
    view=ChangeOutcome,
    run=update_settings,
)
SCALE = ToolSpec(
    name="scale_clickpipe",
    title="Scale a ClickPipe",
    description="Change replicas, CPU or memory of one streaming or object-storage pipe, and so "
    "its costs. Database pipes share one size: update_cdc_scaling.",
    toolset="tuning",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=ScaleArguments,
    view=ChangeOutcome,
    run=scale,
)
GET_CDC_SCALING = ToolSpec(
    name="get_cdc_scaling",
    title="Get CDC scaling",
    description="Show the CPU and memory that all database pipes of a service share. Free.",
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
    "their costs. For large initial loads; scale back afterwards. Takes minutes.",
    toolset="tuning",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=CdcScalingArguments,
    view=ChangeOutcome,
    run=update_cdc_scaling,
)
TOOLS = (GET_SETTINGS, UPDATE_SETTINGS, SCALE, GET_CDC_SCALING, UPDATE_CDC_SCALING)
