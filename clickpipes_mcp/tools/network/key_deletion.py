"""Deleting SSH keys."""

from collections.abc import Sequence
from functools import partial

from clickpipes_mcp.cloud import Pipe, SshKey
from clickpipes_mcp.consent import SSH_KEY_DELETION, Impact, Operation
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.tools.addressing import name_to_type
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.deletions import find_unless_deleted, tell_gone
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.fences import check_users
from clickpipes_mcp.tools.network import key_views
from clickpipes_mcp.tools.network.key_targets import (
    Found,
    KeyArguments,
    find_key,
    write_to_key,
)
from clickpipes_mcp.tools.network.key_views import KeyOutcome
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.writes import send

_OPERATION = "delete SSH key"


class DeleteArguments(ConfirmedArguments, DryRunArguments, KeyArguments):
    """Which key to delete."""


async def prepare_delete(call: Call[DeleteArguments]) -> Prepared:
    """Delete a key, once a person has seen which pipes are known to use it.

    One that this server has had deleted already takes no person.
    """
    wanted, finding = call.arguments.ssh_key, find_key(call.app, call.arguments)
    found = await find_unless_deleted(call, finding, wanted, _OPERATION)
    if found is None:
        return Prepared(None, partial(_tell_gone, wanted))
    key = found.key
    pipes = await call.app.client.pipes(found.service_id)
    check_users(call.app, key_views.using(key, pipes))
    users = _users(key, pipes)
    impact = Impact(
        operation=Operation.DELETE,
        noun="SSH key",
        service_id=found.service_id,
        subject_id=key.id,
        subject_name=name_to_type(key.name, key.id, (other.name for other in found.others)),
        kind=f"login {quote_unless_plain(key.bastion, limit=255)}",
        state=key.status,
        version=key.version(call.app.store_key),
        consequences=SSH_KEY_DELETION,
        detail=users,
        simulated=call.app.settings.environment == "simulator",
    )
    return Prepared(impact, partial(_delete, call, found, users))


async def _delete(call: Call[DeleteArguments], found: Found, users: str) -> KeyOutcome:
    key, requests = found.key, await call.app.client.requests()
    request = requests.delete_ssh_key(found.service_id, key.id)
    write = write_to_key(found, _OPERATION, request)
    name = key_views.name(key)
    if call.is_dry_run:
        return key_views.show_write(call, write, f"Would delete the SSH key “{name}”. {users}")
    await send(call, write)
    return KeyOutcome(
        summary=f"Deleted the SSH key “{name}”. Remove its line from authorized_keys on the "
        "bastion.",
        ssh_key=key_views.row(key),
    )


async def _tell_gone(wanted: str) -> KeyOutcome:
    return KeyOutcome(summary=f"{tell_gone(wanted)} Nothing was sent.")


def _users(key: SshKey, pipes: Sequence[Pipe]) -> str:
    users = key_views.using(key, pipes)
    if not users:
        return "No pipe of the service is known to use it; the API may not show every use."
    named = [key_views.name_pipe(pipe) for pipe in users[: key_views.MOST_USERS]]
    rest = len(users) - len(named)
    more = [f"and {rest} more"] if rest else []
    return f"Used by {len(users)} of the service's pipes: {', '.join([*named, *more])}."


DELETE = ToolSpec(
    name="delete_ssh_key",
    title="Delete an SSH key",
    description="Delete an SSH key for good. A person is asked first, sees which pipes are known "
    "to use it and types its name. Their tunnels end.",
    toolset="network",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DeleteArguments,
    view=KeyOutcome,
    prepare=prepare_delete,
)
TOOLS = (DELETE,)
