"""Whether this client can put a question to a person."""

from typing import Any

from mcp.server.mcpserver import Context
from mcp_types.version import is_version_at_least

HANGING_CLIENTS = ("claude-ai", "claude desktop", "claude-desktop", "cowork")
"""Clients reported to announce elicitation and never answer it (public issue threads of 2026)."""

PATIENCE_S = 50.0
"""How long a client of that list is waited for: below the 60 s at which hosts give up."""

_ASKS_BETWEEN_ROUNDS = "2026-07-28"


def can_elicit(context: Context[Any, Any]) -> bool:
    """Whether a form can be shown, in either protocol era."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None:
        return False
    if elicitation.form is None and elicitation.url is not None:
        return False
    if asks_between_rounds(context):
        return True
    return bool(context.session.can_send_request)


def asks_between_rounds(context: Context[Any, Any]) -> bool:
    """Whether questions travel in results instead of requests from the server."""
    version = context.protocol_version
    return version is not None and is_version_at_least(version, _ASKS_BETWEEN_ROUNDS)


def cannot_be_asked_back(context: Context[Any, Any]) -> bool:
    """Whether the server cannot ask this client anything, because it keeps no session with it."""
    return not asks_between_rounds(context) and context.client_capabilities is None


def may_hang(context: Context[Any, Any]) -> bool:
    """Whether the client is known to leave questions unanswered."""
    parameters = context.session.client_params
    name = parameters.client_info.name.casefold() if parameters and parameters.client_info else ""
    return name in HANGING_CLIENTS
