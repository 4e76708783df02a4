"""Deleting reverse private endpoints."""

from collections.abc import Sequence
from functools import partial

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.consent import ENDPOINT_DELETION, Operation
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.deletions import find_unless_deleted, tell_gone
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.fences import check_users
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.endpoint_targets import (
    EndpointArguments,
    Found,
    find_endpoint,
    impact_on,
    write_to_endpoint,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send

_OPERATION = "delete private endpoint"
_UNTIL_GONE = NextAction("list_private_endpoints", "shows when it is gone, which takes minutes")


class DeleteArguments(ConfirmedArguments, DryRunArguments, EndpointArguments):
    """Which endpoint to delete."""


async def prepare_delete(call: Call[DeleteArguments]) -> Prepared:
    """Delete an endpoint; one that is gone, or is being deleted already, takes no person."""
    wanted, finding = call.arguments.endpoint, find_endpoint(call.app, call.arguments)
    found = await find_unless_deleted(call, finding, wanted, _OPERATION)
    if found is None:
        return Prepared(None, partial(_tell_gone, wanted))
    if found.endpoint.status == "Deleting":
        return Prepared(None, partial(_tell_of_deletion, found.endpoint))
    pipes = await call.app.client.pipes(found.service_id)
    check_users(call.app, endpoint_views.through(found.endpoint, pipes))
    users = _users(found.endpoint, pipes)
    impact = impact_on(
        call,
        found,
        Operation.DELETE,
        ENDPOINT_DELETION,
        noun="private endpoint",
        detail=users,
    )
    return Prepared(impact, partial(_delete, call, found, users))


async def _delete(call: Call[DeleteArguments], found: Found, users: str) -> EndpointOutcome:
    endpoint, requests = found.endpoint, await call.app.client.requests()
    request = requests.delete_private_endpoint(found.service_id, endpoint.id)
    write = write_to_endpoint(found, _OPERATION, request)
    name = endpoint_views.name(endpoint)
    if call.is_dry_run:
        summary = f"Would delete the private endpoint “{name}”. {users}"
        return endpoint_views.show_write(call, write, summary)
    await send(call, write)
    return EndpointOutcome(
        summary=f"Deleting the private endpoint “{name}”; it may stay visible for minutes.",
        endpoint=endpoint_views.row(endpoint),
        next_actions=actions(_UNTIL_GONE),
    )


async def _tell_gone(wanted: str) -> EndpointOutcome:
    return EndpointOutcome(summary=f"{tell_gone(wanted)} Nothing was sent.")


async def _tell_of_deletion(endpoint: PrivateEndpoint) -> EndpointOutcome:
    return EndpointOutcome(
        summary=f"“{endpoint_views.name(endpoint)}” is being deleted already; nothing was sent.",
        endpoint=endpoint_views.row(endpoint),
        next_actions=actions(_UNTIL_GONE),
    )


def _users(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> str:
    users = endpoint_views.through(endpoint, pipes)
    if not users:
        return "No ClickPipe of the service was found to use it."
    return f"Used by {len(users)} of the service's ClickPipes: {endpoint_views.name_pipes(users)}."


DELETE = ToolSpec(
    name="delete_private_endpoint",
    title="Delete a private endpoint",
    description="Delete a reverse private endpoint for good. A person is asked first, sees which "
    "pipes use it and types its description. Those pipes lose their source.",
    toolset="network",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DeleteArguments,
    view=EndpointOutcome,
    prepare=prepare_delete,
)
TOOLS = (DELETE,)
