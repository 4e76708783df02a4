"""Whether this client can put a question to a person."""

from typing import Any

from mcp.server.mcpserver import Context
from mcp_types.version import is_version_at_least

HANGING_CLIENTS = ("claude-ai", "claude desktop", "claude-desktop", "cowork")
"""Clients reported to announce elicitation and never answer it (public issue threads of 2026)."""

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


def can_open_links(context: Context[Any, Any]) -> bool:
    """Whether the client opens an address for the person when it is asked to."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None or elicitation.url is None:
        return False
    return asks_between_rounds(context) or bool(context.session.can_send_request)


def asks_between_rounds(context: Context[Any, Any]) -> bool:
    """Whether questions travel in results instead of requests from the server."""
    version = context.protocol_version
    return version is not None and is_version_at_least(version, _ASKS_BETWEEN_ROUNDS)


def may_hang(context: Context[Any, Any]) -> bool:
    """Whether the client is known to leave questions unanswered."""
    parameters = context.session.client_params
    name = parameters.client_info.name.casefold() if parameters and parameters.client_info else ""
    return name in HANGING_CLIENTS
