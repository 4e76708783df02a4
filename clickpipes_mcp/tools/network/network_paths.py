"""Every private way of a service on one page: endpoints and SSH keys."""

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.counting import counted
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.ssh_keys import PIPE_FIELD
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.network import endpoint_views, key_views
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View

MOST_ROWS = 25
_TOOLSET = "network"


class PathRow(BaseModel):
    """One way: a private endpoint, or an SSH key on a bastion."""

    model_config = ConfigDict(frozen=True)

    way: str
    name: str
    status: str
    id: str


class PathsView(View):
    """The private ways of a service, and what a pipe writes to go one of them."""

    paths: list[PathRow]
    how_to_use: list[str]


async def list_paths(call: Call[ServiceArguments]) -> PathsView:
    """The private endpoints and SSH keys of a service."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    client = call.app.client
    endpoints, keys = await client.private_endpoints(service), await client.ssh_keys(service)
    rows = [
        PathRow(
            way="private endpoint",
            name=endpoint_views.name(one),
            status=one.status,
            id=one.id,
        )
        for one in endpoints
    ] + [
        PathRow(
            way="SSH key",
            name=f"{key_views.name(one)}, {row.bastion}",
            status=one.status,
            id=one.id,
        )
        for one in keys
        if (row := key_views.row(one))
    ]
    rest = len(rows) - MOST_ROWS
    warnings = [f"{rest} more are not shown."] if rest > 0 else []
    return PathsView(
        summary=f"{counted(len(endpoints), 'private endpoint')} and "
        f"{counted(len(keys), 'SSH key')}." + _missing_toolset(call),
        paths=rows[:MOST_ROWS],
        how_to_use=_ways() if rows else [],
        warnings=warnings,
    )


def _missing_toolset(call: Call[ServiceArguments]) -> str:
    toolsets = call.app.settings.toolsets
    if _TOOLSET in toolsets:
        return ""
    wanted = ",".join((*toolsets, _TOOLSET))
    return (
        " Creating, checking and deleting them needs the toolset network: the operator sets "
        f"CLICKPIPES_TOOLSETS={wanted} and restarts the server."
    )


def _ways() -> list[str]:
    by_id = [spec for spec in SOURCES if spec.endpoint_ids]
    tunnelled = ", ".join(spec.title for spec in SOURCES if PIPE_FIELD in spec.source_fields)
    return [
        *(
            f"private endpoint that is Ready, {spec.title}: its id in source.{spec.endpoint_ids}"
            for spec in by_id
        ),
        "private endpoint that is Ready, databases: one of its DNS names as source.host",
        f"SSH key that is active, {tunnelled}: its id in source.{PIPE_FIELD}, at creation only",
    ]


LIST = ToolSpec(
    name="list_network_paths",
    title="List network paths",
    description="List the private endpoints and SSH keys through which pipes of a service can "
    "reach a private source, with id, status and what a pipe writes to use them.",
    toolset="insight",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=PathsView,
    run=list_paths,
)
TOOLS = (LIST,)
