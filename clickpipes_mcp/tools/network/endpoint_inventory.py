"""Looking at reverse private endpoints."""

from clickpipes_mcp.counting import counted
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
    found = await find_endpoint(call.app, call.arguments, as_known=True)
    client = call.app.client
    endpoint = await client.private_endpoint(found.service_id, found.endpoint.id)
    return endpoint_views.whole(endpoint, await client.pipes(found.service_id))


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
