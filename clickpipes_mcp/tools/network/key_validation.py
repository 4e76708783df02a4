"""Trying the login of an SSH key on its bastion."""

from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import key_views
from clickpipes_mcp.tools.network.key_targets import KeyArguments, find_key, write_to_key
from clickpipes_mcp.tools.network.key_views import KeyOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send


class ValidateArguments(DryRunArguments, KeyArguments):
    """Which key to try."""


async def validate_key(call: Call[ValidateArguments]) -> KeyOutcome:
    """Have ClickPipes log in to the bastion, and say what came of it."""
    found = await find_key(call.app, call.arguments)
    requests = await call.app.client.requests()
    request = requests.validate_ssh_key(found.service_id, found.key.id)
    write = write_to_key(found, "validate SSH key", request)
    name = key_views.name(found.key)
    if call.is_dry_run:
        return key_views.show_write(
            call, write, f"Would have ClickPipes log in to {found.key.bastion} with “{name}”."
        )
    key = await send(call, write)
    if key.status == "active":
        summary = f"The login works: “{name}” is active. {key_views.how_to_use(key)}"
    elif key.status_message:
        said = clean(key.status_message, limit=300)
        summary = f"The login failed; “{name}” is {key.status}. The API says: {said}"
    else:
        summary = f"“{name}” is {key.status}; look again in a moment."
    line, commands = key_views.line_for(key) if key.status != "active" else (None, None)
    return KeyOutcome(
        summary=summary,
        ssh_key=key_views.row(key),
        authorized_keys=line,
        on_the_bastion=commands,
        warnings=key_views.explain(key),
        next_actions=actions(*key_views.what_next(key)),
    )


VALIDATE = ToolSpec(
    name="validate_ssh_key",
    title="Validate an SSH key",
    description="Try an SSH key: ClickPipes logs in to the bastion. The key becomes active, or "
    "failed with the reason and what mends it. Call it once the line stands in authorized_keys.",
    toolset="network",
    effect=Effect.WRITE,
    is_idempotent=True,
    arguments=ValidateArguments,
    view=KeyOutcome,
    run=validate_key,
)
TOOLS = (VALIDATE,)
