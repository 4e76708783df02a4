"""Looking at SSH keys."""

from collections import Counter

from clickpipes_mcp.counting import counted
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.network import key_views
from clickpipes_mcp.tools.network.key_targets import KeyArguments, find_key
from clickpipes_mcp.tools.network.key_views import KeyList, KeyView
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec

MOST_ROWS = 50


async def list_keys(call: Call[ServiceArguments]) -> KeyList:
    """The SSH keys of a service."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    keys = await call.app.client.ssh_keys(service)
    statuses = Counter(key.status for key in keys).most_common()
    told = f": {', '.join(f'{count} {status}' for status, count in statuses)}" if keys else ""
    rest = len(keys) - MOST_ROWS
    return KeyList(
        summary=f"{counted(len(keys), 'SSH key')}{told}.",
        ssh_keys=[key_views.row(key) for key in keys[:MOST_ROWS]],
        warnings=[f"{rest} more are not shown; get_ssh_key finds them."] if rest > 0 else [],
    )


async def get_key(call: Call[KeyArguments]) -> KeyView:
    """One SSH key, and the pipes whose tunnels use it."""
    found = await find_key(call.app, call.arguments, as_known=True)
    return key_views.whole(found.key, await call.app.client.pipes(found.service_id))


LIST = ToolSpec(
    name="list_ssh_keys",
    title="List SSH keys",
    description="List the SSH keys of a service: the logins on bastions through which pipes can "
    "reach a source in a private network.",
    toolset="network",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=KeyList,
    run=list_keys,
)
GET = ToolSpec(
    name="get_ssh_key",
    title="Get an SSH key",
    description="Show one SSH key: status and what it means, the line for authorized_keys on the "
    "bastion with the commands that put it there, and the pipes that use it.",
    toolset="network",
    effect=Effect.READ,
    arguments=KeyArguments,
    view=KeyView,
    run=get_key,
)
TOOLS = (LIST, GET)
