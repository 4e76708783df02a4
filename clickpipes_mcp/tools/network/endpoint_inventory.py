"""Looking at reverse private endpoints."""

from contextlib import suppress

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import CallerError
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.tools.addressing import MOST_CANDIDATES, ServiceArguments, find_service_id
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.endpoint_targets import EndpointArguments, find_endpoint
from clickpipes_mcp.tools.network.endpoint_views import EndpointList, EndpointView
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec

MOST_ROWS = 50


async def list_endpoints(call: Call[ServiceArguments]) -> EndpointList:
    """The endpoints of a service, those that wait for somebody named."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    endpoints = await call.app.client.private_endpoints(service)
    waiting = [
        f"“{endpoint_views.name(one)}”: {to_do}"
        for one in endpoints
        if (to_do := endpoint_views.to_do(one))
    ]
    rest = len(endpoints) - MOST_ROWS
    hidden = [f"{rest} more are not shown; get_private_endpoint finds them."] if rest > 0 else []
    told = f": {endpoint_views.statuses(endpoints)}" if endpoints else ""
    return EndpointList(
        summary=f"{counted(len(endpoints), 'private endpoint')}{told}.",
        endpoints=[endpoint_views.row(one) for one in endpoints[:MOST_ROWS]],
        warnings=[*waiting[:MOST_CANDIDATES], *hidden],
    )


async def get_endpoint(call: Call[EndpointArguments]) -> EndpointView:
    """One endpoint, freshly read, and the pipes that go through it."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    endpoint = await _by_id(call.app, service, call.arguments.endpoint.strip().lower())
    if endpoint is None:
        endpoint = (await find_endpoint(call.app, call.arguments, as_known=True)).endpoint
    return endpoint_views.whole(endpoint, await call.app.client.pipes(service))


async def _by_id(app: App, service: str, wanted: str) -> PrivateEndpoint | None:
    """The endpoint of an id; None where there is none, or that is no id."""
    if is_uuid(wanted):
        with suppress(CallerError):
            endpoint = await app.client.private_endpoint(service, wanted)
            return endpoint if endpoint.truth.id.lower() == wanted else None
    return None


LIST = ToolSpec(
    name="list_private_endpoints",
    title="List private endpoints",
    description="List the reverse private endpoints of a service with their status, and what "
    "somebody has to do for those that wait to be accepted.",
    toolset="network",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=EndpointList,
    run=list_endpoints,
)
GET = ToolSpec(
    name="get_private_endpoint",
    title="Get a private endpoint",
    description="Show one reverse private endpoint: status and what it means, DNS names, how "
    "pipes use it, which pipes do. Call it again until it is Ready; only then can pipes use it.",
    toolset="network",
    effect=Effect.READ,
    arguments=EndpointArguments,
    view=EndpointView,
    run=get_endpoint,
)
TOOLS = (LIST, GET)
