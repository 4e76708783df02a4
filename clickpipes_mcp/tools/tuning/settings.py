"""Advanced settings of streaming and object-storage pipes."""

from pydantic import Field, JsonValue

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SETTING_DEFAULTS, PipeSettings
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import PipeArguments, find_pipe
from clickpipes_mcp.tools.arguments import valid_part
from clickpipes_mcp.tools.changes import ChangeOutcome, show_change
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.pipe_settings import with_settings_to_journal
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions
from clickpipes_mcp.tools.writes import send, write_to


class SettingsView(View):
    """Advanced settings as they are in force."""

    id: str
    settings: dict[str, JsonValue]


class SettingsArguments(DryRunArguments, PipeArguments):
    """What to set; what is left out keeps its value."""

    settings: PipeSettings = Field(description="Only the settings to change.")


async def get_settings(call: Call[PipeArguments]) -> SettingsView:
    """The settings the API knows of a pipe."""
    pipe = await find_pipe(call.app, call.arguments, as_known=True)
    _refuse_database(pipe)
    found = await call.app.client.pipe_settings(pipe.service_id, pipe.id)
    return SettingsView(
        summary=f"Settings of “{clean(pipe.name, limit=80)}”; what is not listed has its default.",
        id=pipe.id,
        settings=found.values,
    )


def _refuse_database(pipe: Pipe) -> None:
    spec = pipe_views.spec_of(pipe)
    if spec is not None and spec.family is Family.DATABASE:
        raise Conflict(
            "Database pipes have no advanced settings.",
            fix="Their sync interval and batch size are source.settings of update_clickpipe; "
            "their configuration is in get_clickpipe.",
            next_actions=[NextAction("get_clickpipe", "shows them", {"clickpipe": pipe.id})],
        )


async def update_settings(call: Call[SettingsArguments]) -> ChangeOutcome:
    """Merge settings into those in force."""
    pipe = await find_pipe(call.app, call.arguments)
    _refuse_database(pipe)
    spec = pipe_views.spec_of(pipe)
    rules = spec.settings_rules if spec else ()
    given = call.arguments.settings.model_dump(exclude_unset=True)
    valid = valid_part(PipeSettings, given, rules, at="settings")
    call.warnings += valid.warnings
    body = valid.request.body()
    client = call.app.client
    requests = await client.requests()
    request = requests.put_pipe_settings(pipe.service_id, pipe.id, body)
    if not call.is_dry_run:
        pipe = await with_settings_to_journal(call.app, pipe)
    write = write_to(pipe, "update settings", request)
    if call.is_dry_run:
        held = await client.pipe_settings(pipe.service_id, pipe.id)
        return show_change(
            call,
            write,
            f"Would set {', '.join(body)}.",
            {**SETTING_DEFAULTS, **held.truth.values},
            effects=["settings left out keep their values; ingestion goes on"],
        )
    await send(call, write)
    return ChangeOutcome(
        summary=f"Set {', '.join(body)} on “{clean(pipe.name, limit=80)}”.",
        clickpipe=pipe_views.row(pipe),
        next_actions=actions(
            NextAction("get_clickpipe_settings", "shows all of them", {"clickpipe": pipe.id})
        ),
    )


GET_SETTINGS = ToolSpec(
    name="get_clickpipe_settings",
    title="Get ClickPipe settings",
    description="Show the advanced ingestion settings of a streaming or object-storage pipe.",
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
TOOLS = (GET_SETTINGS, UPDATE_SETTINGS)
