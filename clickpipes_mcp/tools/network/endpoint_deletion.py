"""Deleting reverse private endpoints."""

from collections.abc import Sequence

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.consent import ENDPOINT_DELETION, Impact
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.endpoint_targets import (
    EndpointArguments,
    find_agreed_endpoint,
    find_endpoint,
    impact_on,
    write_to_endpoint,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send


class DeleteArguments(ConfirmedArguments, DryRunArguments, EndpointArguments):
    """Which endpoint to delete."""


async def impact(call: Call[DeleteArguments]) -> Impact | None:
    """What deleting an endpoint breaks; None where it is being deleted already."""
    found = await find_endpoint(call.app, call.arguments)
    if found.endpoint.status == "Deleting":
        return None
    users = _users(found.endpoint, await call.app.client.pipes(found.service_id))
    return impact_on(call, found, "private endpoint", ENDPOINT_DELETION, users)


def _users(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> str:
    users = endpoint_views.through(endpoint, pipes)
    if not users:
        return "No ClickPipe of the service was found to use it."
    return f"Used by {len(users)} of the service's ClickPipes: {endpoint_views.name_pipes(users)}."


async def delete_endpoint(call: Call[DeleteArguments]) -> EndpointOutcome:
    """Delete an endpoint; the person has agreed."""
    found = await find_agreed_endpoint(call)
    endpoint, client = found.endpoint, call.app.client
    name = endpoint_views.name(endpoint)
    gone = actions(NextAction("list_private_endpoints", "until it is gone; takes minutes"))
    requests = await client.requests()
    request = requests.delete_private_endpoint(found.service_id, endpoint.id)
    write = write_to_endpoint(found, "delete private endpoint", request)
    if call.is_dry_run:
        users = _users(endpoint, await client.pipes(found.service_id))
        return endpoint_views.show_write(
            call,
            write,
            f"Would delete the private endpoint “{name}”. {users}",
        )
    if endpoint.status == "Deleting":
        return EndpointOutcome(
            summary=f"“{name}” is being deleted already; nothing was sent.",
            endpoint=endpoint_views.row(endpoint),
            next_actions=gone,
        )
    await send(call, write)
    return EndpointOutcome(
        summary=f"Deleting the private endpoint “{name}”; it may stay visible for minutes.",
        endpoint=endpoint_views.row(endpoint),
        next_actions=gone,
    )


DELETE = ToolSpec(
    name="delete_private_endpoint",
    title="Delete a private endpoint",
    description="Delete a reverse private endpoint for good. A person is asked first, sees which "
    "pipes use it and types its description. Those pipes lose their source.",
    toolset="private_endpoints",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DeleteArguments,
    view=EndpointOutcome,
    run=delete_endpoint,
    impact=impact,
)
TOOLS = (DELETE,)
